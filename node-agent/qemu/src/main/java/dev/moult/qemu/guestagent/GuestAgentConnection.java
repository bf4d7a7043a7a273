package dev.moult.qemu.guestagent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.moult.linux.Deadline;
import dev.moult.linux.LinuxException;
import dev.moult.linux.socket.Received;
import dev.moult.linux.socket.UnixSocket;
import dev.moult.qemu.qmp.JsonBounds;
import dev.moult.qemu.qmp.JsonLines;
import dev.moult.qemu.qmp.QmpException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a guest agent: one command after the other, each answered within a time. Used
 * by one thread; {@link #hangUp} from another ends its wait. After anything but a {@link
 * GuestAgentException.Refused} it is of no use until {@link #synchronise} has come through.
 */
public final class GuestAgentConnection implements AutoCloseable {

  /**
   * An answer has at most 64 KiB (that of a guest with a hundred file systems has 30) and little in
   * it; what stands unread when we come, at most a few hundred kB, is read at once.
   */
  static final JsonBounds BOUNDS =
      new JsonBounds("The guest agent", 64 * 1024, 32, 20_000, 1_000, 1024 * 1024);

  /** How long an answer may take. */
  public static final Duration ANSWER = Duration.ofSeconds(5);

  private static final int PIECE = 16 * 1024;

  private final Wire wire;
  private final Duration answer;
  private final MarkedBytes bytes;
  private JsonLines lines;
  private Deadline deadline = Deadline.now();
  private Duration allowed;

  /** What the bytes go over. */
  interface Wire extends AutoCloseable {
    void send(byte[] data, Deadline deadline) throws LinuxException;

    /** What is there, or comes in time: at most so many bytes; none at the end. */
    byte[] receive(int most, Deadline deadline) throws LinuxException;

    /** Ends the waits of another thread. */
    void hangUp() throws LinuxException;

    @Override
    void close();
  }

  private record Socket(UnixSocket socket) implements Wire {
    @Override
    public void send(byte[] data, Deadline deadline) throws LinuxException {
      socket.send(data, deadline);
    }

    @Override
    public byte[] receive(int most, Deadline deadline) throws LinuxException {
      try (Received received = socket.receive(most, deadline)) {
        return received.data();
      }
    }

    @Override
    public void hangUp() throws LinuxException {
      socket.shutdown(UnixSocket.Half.BOTH);
    }

    @Override
    public void close() {
      socket.close();
    }
  }

  /** Over a wire that this owns from now on. */
  GuestAgentConnection(Wire wire, Duration answer) {
    this.wire = wire;
    this.answer = answer;
    this.allowed = answer;
    this.bytes = new MarkedBytes(this::receive);
    this.lines = new JsonLines(bytes, BOUNDS);
  }

  /** Connects to the socket at which a QEMU listens for this. */
  public static GuestAgentConnection connect(Path socket) throws IOException {
    return connect(socket, ANSWER);
  }

  static GuestAgentConnection connect(Path socket, Duration answer) throws IOException {
    return new GuestAgentConnection(
        new Socket(UnixSocket.connect(UnixSocket.Type.STREAM, socket, Deadline.in(answer))),
        answer);
  }

  /** Whatever was said before, by us or by it, is over: the next answer is to the next command. */
  public void synchronise() throws IOException {
    synchronise(answer);
  }

  /** The same, within another time. */
  public void synchronise(Duration most) throws IOException {
    int id = ThreadLocalRandom.current().nextInt(1, Integer.MAX_VALUE);
    begin(most);
    bytes.skipToMark();
    lines = new JsonLines(bytes, BOUNDS);
    // The agent's parser forgets half a command of somebody before us at the mark.
    send(
        marked(
            request("guest-sync-delimited", JsonNodeFactory.instance.objectNode().put("id", id))));
    while (true) {
      JsonNode line = next("guest-sync-delimited");
      if (line.path("return").isIntegralNumber() && line.path("return").asLong() == id) {
        return;
      }
      if (deadline.isPassed()) {
        throw new GuestAgentException.Silent("The guest agent does not get in step.");
      }
    }
  }

  /**
   * Executes a command.
   *
   * @return its {@code return}
   * @throws GuestAgentException.Refused when it answers with an error
   */
  public JsonNode execute(String command, @Nullable ObjectNode arguments) throws IOException {
    return execute(command, arguments, answer);
  }

  /** The same, answered within another time. */
  public JsonNode execute(String command, @Nullable ObjectNode arguments, Duration most)
      throws IOException {
    begin(most);
    send(request(command, arguments));
    JsonNode line = next(command);
    JsonNode error = line.get("error");
    if (error != null) {
      throw new GuestAgentException.Refused(command, error.path("desc").asText("?"));
    }
    JsonNode result = line.get("return");
    if (result == null) {
      throw new GuestAgentException.Protocol("The guest agent sent no answer to " + command + ".");
    }
    return result;
  }

  private void begin(Duration most) {
    deadline = Deadline.in(most);
    allowed = most;
  }

  private JsonNode next(String command) throws IOException {
    JsonNode line;
    try {
      line = lines.next();
    } catch (QmpException.Protocol e) {
      throw new GuestAgentException.Protocol(e.getMessage() + ".");
    }
    if (line == null) {
      throw new GuestAgentException.Closed("QEMU closed the guest agent's channel.");
    }
    if (deadline.isPassed()) {
      throw silent(command);
    }
    return line;
  }

  private static byte[] request(String command, @Nullable ObjectNode arguments) {
    ObjectNode request = JsonNodeFactory.instance.objectNode().put("execute", command);
    if (arguments != null) {
      request.set("arguments", arguments);
    }
    return (request + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] marked(byte[] request) {
    byte[] marked = new byte[request.length + 1];
    marked[0] = MarkedBytes.MARK;
    System.arraycopy(request, 0, marked, 1, request.length);
    return marked;
  }

  private void send(byte[] bytes) throws IOException {
    try {
      wire.send(bytes, deadline);
    } catch (LinuxException e) {
      throw broken(e, "commands");
    }
  }

  private byte[] receive(int most) throws IOException {
    if (deadline.isPassed()) {
      throw silent("commands");
    }
    try {
      return wire.receive(Math.min(most, PIECE), deadline);
    } catch (LinuxException e) {
      throw broken(e, "commands");
    }
  }

  private GuestAgentException broken(LinuxException e, String command) {
    return e.isTimeout()
        ? silent(command)
        : new GuestAgentException.Closed("The guest agent's channel ended: " + e.getMessage());
  }

  private GuestAgentException silent(String command) {
    return new GuestAgentException.Silent(
        "The guest agent does not answer %s within %d ms.".formatted(command, allowed.toMillis()));
  }

  /** Ends the wait of the thread that uses this; it closes it then. */
  public void hangUp() {
    try {
      wire.hangUp();
    } catch (LinuxException | IllegalStateException e) {
      // It has ended by itself.
    }
  }

  @Override
  public void close() {
    wire.close();
  }
}
