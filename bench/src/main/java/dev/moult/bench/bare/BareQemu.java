package dev.moult.bench.bare;

import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.process.PidFd;
import dev.moult.linux.socket.UnixListener;
import dev.moult.linux.socket.UnixSocket;
import dev.moult.qemu.qmp.QmpClient;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One QEMU as a plain process: the binary of the image, started by {@code dev/qemu/qemu}. */
final class BareQemu implements AutoCloseable {

  private static final Duration SOON = Duration.ofSeconds(30);

  private final PidFd process;
  private final Process child;
  private final Path log;
  private final Path qmpSocket;
  private final @Nullable Path group;

  private BareQemu(Process child, Path log, Path qmpSocket, @Nullable CpuGroup weight)
      throws IOException {
    this.child = child;
    this.group = weight == null ? null : weight.join(child.pid());
    this.process = PidFd.open(Math.toIntExact(child.pid()));
    this.log = log;
    this.qmpSocket = qmpSocket;
  }

  /**
   * Starts one.
   *
   * @param checkout where the repository is
   * @param directory for its log and sockets; a name in it is made anew each time
   * @param version the image's, such as {@code 11.1.3}
   * @param argv as {@code CommandLine} builds it
   * @param descriptors borrowed, by number
   * @param qmpSlot where the command line expects its monitor's listening socket
   * @param weight its share of the CPUs; null for that of a plain process
   */
  static BareQemu start(
      Path checkout,
      Path directory,
      String version,
      List<String> argv,
      Map<Integer, Fd> descriptors,
      int qmpSlot,
      @Nullable CpuGroup weight)
      throws IOException {
    Path own = Files.createTempDirectory(directory, "q");
    Path qmp = own.resolve("qmp.sock");
    Path log = own.resolve("log");
    Path dial = own.resolve("spawn.sock");
    try (var monitor = UnixListener.bind(UnixSocket.Type.STREAM, qmp.toString(), 0700, 1);
        var dialled = UnixListener.bind(UnixSocket.Type.SEQPACKET, dial.toString(), 0700, 1)) {
      var qemu = new BareQemu(java(log, dial), log, qmp, weight);
      TreeMap<Integer, Fd> all = new TreeMap<>(descriptors);
      all.put(qmpSlot, monitor.fd());
      List<String> words = new ArrayList<>();
      words.add(String.join(" ", all.keySet().stream().map(String::valueOf).toList()));
      words.add(checkout.resolve("dev/qemu/qemu").toString());
      words.add(version);
      words.addAll(argv.subList(1, argv.size()));
      Deadline soon = Deadline.in(SOON);
      try (UnixSocket spawn = dialled.accept(soon)) {
        byte[] plan = String.join("\0", words).getBytes(StandardCharsets.UTF_8);
        spawn.send(plan, List.copyOf(all.values()), soon);
      }
      return qemu;
    }
  }

  private static Process java(Path log, Path dial) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin/java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            Spawn.class.getName(),
            dial.toString())
        .redirectInput(Redirect.from(new File("/dev/null")))
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  /** Dials its monitor and waits for the greeting. */
  QmpClient qmp() throws IOException, InterruptedException {
    try {
      return QmpClient.connect(qmpSocket, SOON);
    } catch (IOException e) {
      throw new IOException(e.getMessage() + "; QEMU said: " + said(), e);
    }
  }

  /** Readable when it has ended. */
  Fd ended() {
    return process.fd();
  }

  /** What it wrote to its standard output and error. */
  String said() throws IOException {
    return Files.readString(log).strip();
  }

  /** SIGKILL, and the proof that it is dead. */
  void kill() throws IOException {
    process.kill();
    if (!process.awaitExit(Deadline.in(SOON))) {
      throw new IOException("a killed QEMU does not end");
    }
  }

  @Override
  public void close() throws IOException, InterruptedException {
    child.destroyForcibly().waitFor();
    process.close();
    if (group != null) {
      Files.deleteIfExists(group);
    }
  }
}
