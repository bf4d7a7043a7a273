package dev.moult.bench.load;

import dev.moult.bench.figures.Samples;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.LongStream;

/** The benchmark's program in a guest, {@code load.py}: a connection for each command. */
public final class Load {
  private static final int PORT = 9000;
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final int BUFFER = 256 * 1024;

  private final Reach reach;

  public Load(Reach reach) {
    this.reach = reach;
  }

  /** The guest's disks, by the program's names. */
  public enum Disk {
    /** A file in the file system of the overlay. */
    ROOT,
    /** The disk on the claim, as a device. */
    DATA
  }

  /** How blocks are read or written, one after the other, past the guest's cache. */
  public enum Pattern {
    /** 1 MiB each. */
    SEQUENTIAL_READ,
    /** 1 MiB each. */
    SEQUENTIAL_WRITE,
    /** 4 KiB each. */
    RANDOM_READ,
    /** 4 KiB each. */
    RANDOM_WRITE;

    /** As people read it. */
    public String words() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  /** Waits until the program answers, and writes to all that will be measured. */
  public void prepare(Duration patience) throws IOException, InterruptedException {
    reach.await(
        PORT,
        patience,
        socket -> {
          say(socket, "echo");
          say(socket, "x");
          return socket.getInputStream().read() == 'x';
        });
    ask("fill");
  }

  /** Bytes per second. */
  public long disk(Disk disk, Pattern pattern, Duration span)
      throws IOException, InterruptedException {
    var seen =
        ask(
            "disk %s %s %d"
                .formatted(word(disk), word(pattern).replace('_', '-'), span.toMillis()));
    return perSecond(count(seen, "bytes"), count(seen, "micros") * 1_000);
  }

  /** Bytes per second from the guest. */
  public long fromGuest(Duration span) throws IOException, InterruptedException {
    try (var socket = open("send %d 0".formatted(span.toMillis()))) {
      var in = socket.getInputStream();
      var buffer = new byte[BUFFER];
      long count = in.read(buffer);
      long begin = System.nanoTime();
      long first = count;
      for (int got; (got = in.read(buffer)) > 0; ) {
        count += got;
      }
      return perSecond(count - first, System.nanoTime() - begin);
    }
  }

  /** Bytes per second to the guest, until it has said that it has them. */
  public long toGuest(Duration span) throws IOException, InterruptedException {
    try (var socket = open("receive")) {
      var out = socket.getOutputStream();
      var buffer = new byte[BUFFER];
      long begin = System.nanoTime();
      while (System.nanoTime() - begin < span.toNanos()) {
        out.write(buffer);
      }
      socket.shutdownOutput();
      var seen = answer(socket);
      return perSecond(count(seen, "bytes"), System.nanoTime() - begin);
    }
  }

  /** The median round trip of a byte over TCP, in nanoseconds. */
  public long roundTrip(Duration span) throws IOException, InterruptedException {
    try (var socket = open("echo")) {
      var trips = LongStream.builder();
      long begin = System.nanoTime();
      for (long now = begin; now - begin < span.toNanos(); ) {
        socket.getOutputStream().write(1);
        if (socket.getInputStream().read() < 0) {
          throw new IOException("the guest's echo hung up");
        }
        long then = System.nanoTime();
        trips.add(then - now);
        now = then;
      }
      return Math.round(Samples.of(trips.build()).median());
    }
  }

  /** Starts verified writes on both disks. */
  public Writes verifiedWrites() throws IOException, InterruptedException {
    return new Writes(open("verify"));
  }

  /** Starts a stream from the guest, as fast as it goes. */
  public Stream stream() throws IOException, InterruptedException {
    return Stream.of(open("send 0 0"));
  }

  /** Verified writes under way. */
  public static final class Writes implements AutoCloseable {
    private final Socket socket;

    private Writes(Socket socket) {
      this.socket = socket;
    }

    /** Ends them; all that was written is read back. */
    public Written stop() throws IOException {
      say(socket, "stop");
      var seen = answer(socket);
      return new Written(
          count(seen, "writes"),
          count(seen, "checked"),
          count(seen, "errors") + count(seen, "kernel"),
          count(seen, "bad"));
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private Map<String, Long> ask(String command) throws IOException, InterruptedException {
    try (var socket = open(command)) {
      return answer(socket);
    }
  }

  private Socket open(String command) throws IOException, InterruptedException {
    var socket = reach.connect(PORT, CONNECT);
    try {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(60_000);
      say(socket, command);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static void say(Socket socket, String line) throws IOException {
    socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.US_ASCII));
  }

  private static Map<String, Long> answer(Socket socket) throws IOException {
    var text = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    Map<String, Long> seen = new HashMap<>();
    for (var word : text.strip().split(" ", -1)) {
      var parts = word.split("=", 2);
      if (parts.length != 2) {
        throw new IOException("the guest's program says: " + text.strip());
      }
      seen.put(parts[0], Long.valueOf(parts[1]));
    }
    return seen;
  }

  private static long count(Map<String, Long> seen, String key) throws IOException {
    var value = seen.get(key);
    if (value == null) {
      throw new IOException("the guest's program does not say " + key + ": " + seen);
    }
    return value;
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private static long perSecond(long bytes, long nanos) {
    return Math.round(bytes * 1e9 / nanos);
  }
}
