package dev.moult.broker;

import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.wire.Answer;
import dev.moult.wire.BrokerClient;
import dev.moult.wire.BrokerListener;
import dev.moult.wire.Event;
import dev.moult.wire.Request;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** The broker as a process of its own, and the test as its agent. */
final class TestBroker implements BrokerListener, AutoCloseable {
  private static final Duration SOON = Duration.ofSeconds(20);

  private final Path directory;
  private final BlockingQueue<String> log = new LinkedBlockingQueue<>();
  final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private @Nullable Process process;
  private @Nullable BrokerClient client;

  TestBroker(Path directory) {
    this.directory = directory;
  }

  TestBroker start() throws Exception {
    var builder =
        new ProcessBuilder(
                System.getProperty("java.home") + "/bin/java",
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.moult.broker.Broker")
            .redirectErrorStream(true);
    builder.environment().put("MOULT_RUN", directory.resolve("run").toString());
    builder.environment().put("MOULT_KUBELET_DIR", directory.resolve("kubelet").toString());
    builder.environment().put("MOULT_AGENT_UID", "0");
    Process started = builder.start();
    process = started;
    BufferedReader lines = started.inputReader(StandardCharsets.UTF_8);
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          try {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
              System.out.println("broker: " + line);
              log.add(line);
            }
          } catch (IOException | UncheckedIOException e) {
            log.add("end of the log");
          }
        });
    logged("broker ready");
    connect();
    return this;
  }

  void connect() throws IOException {
    client = BrokerClient.connect(directory.resolve("run/broker.sock").toString(), this);
  }

  void disconnect() {
    if (client != null) {
      client.close();
      client = null;
    }
  }

  /** SIGKILL: no chance to clean up. */
  void kill() throws InterruptedException {
    if (process != null) {
      process.destroyForcibly().waitFor();
      process = null;
    }
  }

  /** SIGTERM. */
  void terminate() {
    process().destroy();
  }

  /** A signal by its name. */
  void signal(String name) throws Exception {
    new ProcessBuilder("kill", "-" + name, Long.toString(process().pid())).start().waitFor();
  }

  /** Whether it ends within some time. */
  boolean endsWithin(Duration patience) throws InterruptedException {
    return process().waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  private Process process() {
    return Objects.requireNonNull(process, "not started");
  }

  /** The next line of the log that holds a text; the lines before it are gone. */
  String logged(String text) throws InterruptedException {
    for (String line = log.poll(20, TimeUnit.SECONDS);
        line != null;
        line = log.poll(20, TimeUnit.SECONDS)) {
      if (line.contains(text)) {
        return line;
      }
    }
    throw new AssertionError("the broker did not log: " + text);
  }

  /** The next event, which must be of a kind. */
  <E extends Event> E event(Class<E> kind) throws InterruptedException {
    Event event = events.poll(20, TimeUnit.SECONDS);
    if (!kind.isInstance(event)) {
      throw new AssertionError("expected " + kind.getSimpleName() + ", heard " + event);
    }
    return kind.cast(event);
  }

  <A extends Answer> A ask(Request<A> request, Fd... attached) throws IOException {
    if (client == null) {
      throw new IOException("not connected");
    }
    return client.ask(request, List.of(attached), SOON);
  }

  Fd askForDescriptor(Request<Answer.Descriptor> request) throws IOException {
    if (client == null) {
      throw new IOException("not connected");
    }
    return client.askForDescriptor(request, SOON);
  }

  /** Connects as soon as the socket is there. */
  void reconnect() {
    Awaitility.await()
        .atMost(SOON)
        .ignoreExceptionsInstanceOf(LinuxException.class)
        .untilAsserted(this::connect);
  }

  @Override
  public void event(Event event) {
    events.add(event);
  }

  @Override
  public void closed(@Nullable IOException cause) {
    log.add("agent's connection closed");
  }

  @Override
  public void close() throws Exception {
    disconnect();
    kill();
  }
}
