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
public final class BareQemu implements AutoCloseable {

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
   * How QEMUs are started.
   *
   * @param checkout where the repository is
   * @param directory for logs, sockets and files; names in it are made anew each time
   * @param version the image's, such as {@code 11.1.3}
   * @param weight each one's share of the CPUs; null for that of a plain process
   */
  public record Launch(Path checkout, Path directory, String version, @Nullable CpuGroup weight) {}

  /**
   * Starts one.
   *
   * @param argv as {@code CommandLine} builds it
   * @param descriptors borrowed, by number
   * @param listening where the command line expects listening sockets, the monitor's first
   */
  static BareQemu start(
      Launch launch, List<String> argv, Map<Integer, Fd> descriptors, List<Integer> listening)
      throws IOException {
    Path own = Files.createTempDirectory(launch.directory(), "q");
    Path log = own.resolve("log");
    Path dial = own.resolve("spawn.sock");
    TreeMap<Integer, Fd> all = new TreeMap<>(descriptors);
    List<UnixListener> listeners = new ArrayList<>();
    try (var dialled = UnixListener.bind(UnixSocket.Type.SEQPACKET, dial.toString(), 0700, 1)) {
      for (int slot : listening) {
        var listener =
            UnixListener.bind(UnixSocket.Type.STREAM, socket(own, slot).toString(), 0700, 1);
        listeners.add(listener);
        all.put(slot, listener.fd());
      }
      var qemu =
          new BareQemu(java(log, dial), log, socket(own, listening.getFirst()), launch.weight());
      List<String> words = new ArrayList<>();
      words.add(String.join(" ", all.keySet().stream().map(String::valueOf).toList()));
      words.add(launch.checkout().resolve("dev/qemu/qemu").toString());
      words.add(launch.version());
      words.addAll(argv.subList(1, argv.size()));
      Deadline soon = Deadline.in(SOON);
      try (UnixSocket spawn = dialled.accept(soon)) {
        byte[] plan = String.join("\0", words).getBytes(StandardCharsets.UTF_8);
        spawn.send(plan, List.copyOf(all.values()), soon);
      }
      return qemu;
    } finally {
      listeners.forEach(UnixListener::close);
    }
  }

  private static Path socket(Path directory, int slot) {
    return directory.resolve(slot + ".sock");
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
