package dev.moult.e2e.guest;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The small TCP services of a guest that checks itself, on the address of its anchor pod: the
 * example guest, or a distribution in the fault runs.
 */
public final class GuestServices {
  /** Echoes what it is sent. */
  public static final int ECHO = 7778;

  /** Verifies the pattern in the guest's memory and on its disk, answers one line and closes. */
  public static final int VERIFY = 7779;

  /** Tells the guest's uptime, answers one line and closes. */
  public static final int UPTIME = 7780;

  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** A guest may stand for a minute and more, by a QEMU that hangs, and its connections live. */
  private static final Duration ECHO_TIMEOUT = Duration.ofMinutes(3);

  private final InetAddress address;

  public GuestServices(InetAddress address) {
    this.address = address;
  }

  /**
   * What the guest says of its memory and of the disk that it writes to.
   *
   * @param megabytes MiB of memory that were compared
   * @param bad its 8-byte words that were wrong
   * @param disk null without {@code moult.verify_disk} on the kernel's command line
   */
  public record Verified(long megabytes, long bad, @Nullable Disk disk) {}

  /**
   * What a guest has seen of its disk since its boot.
   *
   * @param writes blocks written
   * @param errors reads and writes that failed
   * @param bad blocks that were not what was written
   */
  public record Disk(long writes, long errors, long bad) {}

  /** What the guest says of itself; the boot id changes with each boot. */
  public record Uptime(double seconds, long ticks, String bootId) {}

  /** Has the guest compare its memory, and its disk if it has one, with what it wrote there. */
  public Verified verify() throws IOException {
    var answer = ask(VERIFY);
    var disk =
        answer.contains("disk_writes=")
            ? new Disk(
                number(answer, "disk_writes"),
                number(answer, "disk_errors"),
                number(answer, "disk_bad"))
            : null;
    return new Verified(number(answer, "mb"), number(answer, "bad"), disk);
  }

  /** Asks the guest how long it has been running. */
  public Uptime uptime() throws IOException {
    var answer = ask(UPTIME);
    return new Uptime(
        Double.parseDouble(field(answer, "uptime")),
        number(answer, "ticks"),
        field(answer, "boot_id"));
  }

  /** Opens a connection to the echo service and leaves it open. */
  public EchoConnection connect() throws IOException {
    var socket = open(ECHO);
    socket.setSoTimeout((int) ECHO_TIMEOUT.toMillis());
    return new EchoConnection(socket);
  }

  private String ask(int port) throws IOException {
    try (var socket = open(port)) {
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).trim();
    }
  }

  private Socket open(int port) throws IOException {
    var socket = new Socket();
    socket.setSoTimeout((int) TIMEOUT.toMillis());
    socket.connect(new InetSocketAddress(address, port), (int) TIMEOUT.toMillis());
    socket.setTcpNoDelay(true);
    return socket;
  }

  private static long number(String answer, String name) throws IOException {
    return Long.parseLong(field(answer, name));
  }

  /** The value of {@code name=value} in an answer. */
  private static String field(String answer, String name) throws IOException {
    for (var word : answer.split("\\s+", -1)) {
      if (word.startsWith(name + "=")) {
        return word.substring(name.length() + 1);
      }
    }
    throw new IOException("no " + name + " in the guest's answer: " + answer);
  }
}
