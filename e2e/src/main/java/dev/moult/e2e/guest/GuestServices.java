package dev.moult.e2e.guest;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** The small TCP services of the example guest, on the address of its anchor pod. */
public final class GuestServices {
  /** Echoes what it is sent. */
  public static final int ECHO = 7778;

  /** Verifies the guest's whole memory pattern, answers one line and closes. */
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
   * What the guest says of its memory: how much of it was compared, and how many pages were wrong.
   */
  public record Memory(long megabytes, long bad) {}

  /** What the guest says of itself; the boot id changes with each boot. */
  public record Uptime(double seconds, long ticks, String bootId) {}

  /** Has the guest compare its memory with the pattern that it wrote at its start. */
  public Memory verify() throws IOException {
    var answer = ask(VERIFY);
    return new Memory(Long.parseLong(field(answer, "mb")), Long.parseLong(field(answer, "bad")));
  }

  /** Asks the guest how long it has been running. */
  public Uptime uptime() throws IOException {
    var answer = ask(UPTIME);
    return new Uptime(
        Double.parseDouble(field(answer, "uptime")),
        Long.parseLong(field(answer, "ticks")),
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
