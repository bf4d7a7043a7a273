package dev.moult.qemu.real;

import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.socket.UnixListener;
import dev.moult.linux.socket.UnixSocket;
import dev.moult.qemu.qmp.QmpClient;
import dev.moult.qemu.testing.Checkout;
import dev.moult.qemu.testing.Spawn;
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
import java.util.concurrent.TimeUnit;

/** A real QEMU of one version as a process of this test, run by {@code dev/qemu/qemu}. */
final class RealQemu implements AutoCloseable {

  static final String OLD = "10.0.2";
  static final String NEW = "11.1.3";

  private static final Duration SOON = Duration.ofSeconds(30);

  private final Process process;
  private final Path log;
  private final Path qmpSocket;

  private RealQemu(Process process, Path log, Path qmpSocket) {
    this.process = process;
    this.log = log;
    this.qmpSocket = qmpSocket;
  }

  /**
   * The command that runs a QEMU with the arguments that follow. Its image is there when this
   * returns: building one takes longer than a test waits for a monitor.
   */
  static List<String> command(String version) throws IOException, InterruptedException {
    Path _ = Checkout.imageRoot("qemu-" + version);
    return List.of(Checkout.file("dev/qemu/qemu").toString(), version);
  }

  /**
   * Starts a QEMU.
   *
   * @param argv as {@code CommandLine} builds it; the binary is the image's
   * @param descriptors borrowed, by number; the monitor's listening socket is added
   * @param qmpNumber where the command line expects that socket
   */
  static RealQemu start(
      Path directory,
      String version,
      List<String> argv,
      Map<Integer, Fd> descriptors,
      int qmpNumber)
      throws IOException, InterruptedException {
    List<String> words = new ArrayList<>();
    words.addAll(command(version));
    words.addAll(argv.subList(1, argv.size()));
    Path own = Files.createTempDirectory(directory, "q");
    Path qmp = own.resolve("qmp.sock");
    Path log = own.resolve("log");
    try (UnixListener monitor = UnixListener.bind(UnixSocket.Type.STREAM, qmp.toString(), 0700, 1);
        UnixListener dialled =
            UnixListener.bind(
                UnixSocket.Type.SEQPACKET, own.resolve("spawn.sock").toString(), 0700, 1)) {
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin/java").toString(),
                  "-XX:TieredStopAtLevel=1",
                  "-XX:+UseSerialGC",
                  "--enable-native-access=ALL-UNNAMED",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Spawn.class.getName(),
                  own.resolve("spawn.sock").toString())
              .redirectInput(Redirect.from(new File("/dev/null")))
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      var qemu = new RealQemu(process, log, qmp);
      TreeMap<Integer, Fd> all = new TreeMap<>(descriptors);
      all.put(qmpNumber, monitor.fd());
      words.addFirst(String.join(" ", all.keySet().stream().map(String::valueOf).toList()));
      Deadline soon = Deadline.in(SOON);
      try (UnixSocket spawn = dialled.accept(soon)) {
        byte[] plan = String.join("\0", words).getBytes(StandardCharsets.UTF_8);
        spawn.send(plan, List.copyOf(all.values()), soon);
      }
      return qemu;
    }
  }

  /** Dials its monitor; waits for the greeting. */
  QmpClient qmp() throws IOException, InterruptedException {
    try {
      return QmpClient.connect(qmpSocket, SOON);
    } catch (IOException e) {
      throw new IOException("QEMU said: " + said(), e);
    }
  }

  boolean alive() {
    return process.isAlive();
  }

  /** Whether it ends by itself within that time. */
  boolean endsWithin(Duration most) throws InterruptedException {
    return process.waitFor(most.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** What it wrote to its standard output and error. */
  String said() throws IOException {
    return Files.readString(log);
  }

  /** SIGKILL, and waits for the end. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      throw new AssertionError("a killed QEMU does not end");
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
