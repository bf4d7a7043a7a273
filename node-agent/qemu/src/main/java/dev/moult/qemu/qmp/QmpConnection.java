package dev.moult.qemu.qmp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.socket.UnixSocket;
import dev.moult.linux.socket.UnixSocket.Half;
import dev.moult.qemu.QemuVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One QMP connection: greeting, capabilities, commands matched to answers by id, events in order. A
 * thread of its own reads; any thread may {@link #execute}. A peer that breaks a limit is hung up
 * on, and every waiter is released at once.
 */
public final class QmpConnection implements AutoCloseable {

  /**
   * Bytes of commands that may stand unanswered. Below the socket's buffer (212 kB), so a write to
   * a frozen QEMU never blocks.
   */
  static final int UNANSWERED_BYTES = 64 * 1024;

  /** Events in a second. A handoff has about 20. */
  static final int MAX_EVENTS_PER_SECOND = 1_000;

  /**
   * How long a caller waits for a place in QEMU's queue, which has room for two: behind callers
   * that a frozen QEMU has not looked at it would be for ever.
   */
  private static final Duration QUEUE = Duration.ofMillis(1);

  private final UnixSocket socket; // closed by the reader, its last act
  private final QmpEvents events = new QmpEvents();
  private final CompletableFuture<JsonNode> greeting = new CompletableFuture<>();
  private final Object writing = new Object();
  private final Map<Long, Pending> pending = new HashMap<>(); // guarded by itself
  private int unansweredBytes; // guarded by pending
  private long lastId; // guarded by pending
  private @Nullable QmpException end; // guarded by pending
  private @Nullable QemuVersion version;
  private final PerSecond eventsInSecond = new PerSecond(System::nanoTime); // the reader's

  private record Pending(String command, int bytes, CompletableFuture<JsonNode> answer) {}

  private QmpConnection(UnixSocket socket) {
    this.socket = socket;
  }

  /**
   * Connects to a listening QMP socket, reads the greeting and negotiates.
   *
   * @param timeout for greeting and negotiation together
   * @throws QmpException when QEMU does not greet in time or breaks the protocol
   * @throws IOException when nobody listens
   */
  public static QmpConnection connect(Path socket, Duration timeout)
      throws IOException, InterruptedException {
    return over(UnixSocket.connect(UnixSocket.Type.STREAM, socket, Deadline.in(QUEUE)), timeout);
  }

  /**
   * Greets over a connected socket, which this connection owns from now on, also when it throws.
   *
   * @param timeout for greeting and negotiation together
   */
  public static QmpConnection over(UnixSocket socket, Duration timeout)
      throws IOException, InterruptedException {
    var connection = new QmpConnection(socket);
    boolean done = false;
    try {
      // A platform thread, as the kernel preempts those: with virtual ones, as many peers as CPUs,
      // each with always something to read, would starve all monitors.
      var _ = Thread.ofPlatform().daemon().name("qmp-reader").start(connection::read);
      connection.negotiate(timeout);
      done = true;
      return connection;
    } finally {
      if (!done) {
        connection.close();
      }
    }
  }

  /** The version QEMU greeted with. */
  public QemuVersion version() {
    QemuVersion known = version;
    if (known == null) {
      throw new IllegalStateException("not negotiated");
    }
    return known;
  }

  /** The events since the greeting; they stay readable after the end. */
  public QmpEvents events() {
    return events;
  }

  /**
   * Executes a command and waits for its answer.
   *
   * @param arguments the command's arguments, or null for none
   * @param timeout how long to wait for the answer
   * @return what QEMU returned, often an empty object
   * @throws QmpException.Refused when QEMU answers with an error
   * @throws QmpException.TimedOut when no answer came, or the peer left too many unanswered
   * @throws QmpException.Closed when the connection is or gets closed
   */
  public JsonNode execute(String command, @Nullable ObjectNode arguments, Duration timeout)
      throws QmpException, InterruptedException {
    return execute(command, arguments, List.of(), timeout);
  }

  /**
   * The same, with descriptors that go with the command, such as that of {@code add-fd}.
   *
   * @param descriptors borrowed; QEMU gets copies
   */
  public JsonNode execute(
      String command, @Nullable ObjectNode arguments, List<Fd> descriptors, Duration timeout)
      throws QmpException, InterruptedException {
    ObjectNode request = JsonNodeFactory.instance.objectNode();
    request.put("execute", command);
    if (arguments != null) {
      request.set("arguments", arguments);
    }
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    synchronized (writing) {
      long id = register(command, request, answer);
      send(request.put("id", id), descriptors, timeout);
    }
    return unwrap(command, await(command, answer, timeout));
  }

  /** Hangs up. Waiters are released; events stay readable. */
  @Override
  public void close() {
    end(new QmpException.Closed("the monitor connection was closed here"));
  }

  private long register(String command, ObjectNode request, CompletableFuture<JsonNode> answer)
      throws QmpException {
    int bytes = request.toString().getBytes(StandardCharsets.UTF_8).length;
    synchronized (pending) {
      if (end != null) {
        throw new QmpException.Closed(command + ": " + end.getMessage());
      }
      if (unansweredBytes + bytes > UNANSWERED_BYTES) {
        throw new QmpException.TimedOut(command + ": QEMU left too many commands unanswered");
      }
      unansweredBytes += bytes;
      pending.put(++lastId, new Pending(command, bytes, answer));
      return lastId;
    }
  }

  private void send(ObjectNode request, List<Fd> descriptors, Duration timeout)
      throws QmpException {
    byte[] line = (request + "\n").getBytes(StandardCharsets.UTF_8);
    try {
      socket.send(line, descriptors, Deadline.in(timeout));
    } catch (LinuxException e) {
      var closed = new QmpException.Closed("QEMU closed the monitor: " + e.getMessage());
      end(closed);
      throw closed;
    }
  }

  private JsonNode await(String command, CompletableFuture<JsonNode> answer, Duration timeout)
      throws QmpException, InterruptedException {
    try {
      return answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new QmpException.TimedOut(command + ": no answer within " + timeout.toMillis() + " ms");
    } catch (ExecutionException e) {
      throw new QmpException.Closed(command + ": " + reason(e));
    }
  }

  private static String reason(ExecutionException e) {
    Throwable cause = e.getCause();
    return Optional.ofNullable(cause == null ? null : cause.getMessage()).orElse("closed");
  }

  private static JsonNode unwrap(String command, JsonNode answer) throws QmpException {
    JsonNode error = answer.get("error");
    if (error != null) {
      throw new QmpException.Refused(
          command, error.path("class").asText("?"), error.path("desc").asText("?"));
    }
    return answer.path("return");
  }

  private void negotiate(Duration timeout) throws QmpException, InterruptedException {
    JsonNode hello = await("greeting", greeting, timeout);
    try {
      version = QemuVersion.fromGreeting(hello);
    } catch (IllegalArgumentException e) {
      throw new QmpException.Protocol(String.valueOf(e.getMessage()));
    }
    var _ = execute("qmp_capabilities", null, timeout);
  }

  private void read() {
    try {
      var lines = new JsonLines(new SocketBytes(socket));
      while (true) {
        JsonNode message = lines.next();
        if (message == null) {
          end(new QmpException.Closed("QEMU closed the monitor"));
          return;
        }
        dispatch(QmpMessage.of(message, lines.lastLine()));
      }
    } catch (QmpException e) {
      end(e);
    } catch (IOException | RuntimeException e) {
      end(new QmpException.Closed("QEMU closed the monitor: " + e.getMessage()));
    } finally {
      end(
          new QmpException.Closed(
              "the monitor is not read any more")); // if not for a better reason
      synchronized (writing) { // whoever is in a write still has its descriptor
        socket.close();
      }
    }
  }

  private void dispatch(QmpMessage message) throws QmpException {
    switch (message) {
      case QmpMessage.Event event -> event(event);
      case QmpMessage.Greeting hello -> greeting.complete(hello.line());
      case QmpMessage.Answer answer -> answer(answer.id(), answer.line());
    }
  }

  private void event(QmpMessage.Event event) throws QmpException {
    if (eventsInSecond.add(1) > MAX_EVENTS_PER_SECOND) {
      throw new QmpException.Protocol(
          "QEMU sent more than " + MAX_EVENTS_PER_SECOND + " events in a second");
    }
    events.add(event.name(), event.micros(), event.data());
  }

  private void answer(long id, JsonNode message) throws QmpException {
    Pending asked;
    synchronized (pending) {
      asked = pending.remove(id);
      if (asked != null) {
        unansweredBytes -= asked.bytes();
      }
    }
    if (asked == null) {
      throw new QmpException.Protocol("QEMU answered what was not asked");
    }
    asked.answer().complete(message);
  }

  private void end(QmpException reason) {
    synchronized (pending) {
      if (end != null) {
        return;
      }
      end = reason;
      pending.values().forEach(asked -> asked.answer().completeExceptionally(reason));
      pending.clear();
    }
    greeting.completeExceptionally(reason);
    long micros = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    events.add(
        QmpEvent.CLOSED,
        micros,
        JsonNodeFactory.instance.objectNode().put("reason", reason.getMessage()));
    try {
      socket.shutdown(Half.BOTH); // wakes the reader, who closes it
    } catch (LinuxException | IllegalStateException e) {
      // The peer is gone: the reader sees that too, or has closed the socket already.
    }
  }
}
