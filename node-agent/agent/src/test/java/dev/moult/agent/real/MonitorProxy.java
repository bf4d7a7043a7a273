package dev.moult.agent.real;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.socket.Received;
import dev.moult.linux.socket.UnixListener;
import dev.moult.linux.socket.UnixSocket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Stands between the agent and a real QEMU's monitor: sees each line before it is passed on, and
 * may answer in QEMU's place.
 */
final class MonitorProxy implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What is done with the lines. */
  interface Lines {
    /** A command: the error to answer it with in QEMU's place, or null to pass it on. */
    default @Nullable String refuse(JsonNode command) {
      return null;
    }

    /** A greeting, answer or event of QEMU, before the agent gets it. */
    default void said(JsonNode line) throws IOException {}
  }

  private final UnixListener agents;
  private final UnixListener qemus;
  private final Path socket;
  private final Lines lines;

  /**
   * Begins.
   *
   * @param agents where the agent dials, owned
   * @param socket where QEMU is to listen instead
   */
  MonitorProxy(UnixListener agents, Path socket, Lines lines) throws IOException {
    this.agents = agents;
    this.socket = socket;
    this.lines = lines;
    qemus = UnixListener.bind(UnixSocket.Type.STREAM, socket.toString(), 0700, 16);
    start("proxy-accept", this::accept);
  }

  /** The listening socket for QEMU, borrowed; to be closed here once QEMU has it. */
  Fd qemuSide() {
    return qemus.fd();
  }

  private static void start(String name, Runnable work) {
    var unused = Thread.ofPlatform().daemon().name(name).start(work);
  }

  private void accept() {
    try {
      while (true) {
        UnixSocket agent = agents.accept(Deadline.never());
        UnixSocket qemu =
            UnixSocket.connect(UnixSocket.Type.STREAM, socket.toString(), Deadline.inMillis(5000));
        start("proxy-down", () -> pump(agent, qemu, line -> answerOf(line)));
        start("proxy-up", () -> pump(qemu, agent, line -> heard(line)));
      }
    } catch (IOException | IllegalStateException e) {
      agents.close(); // QEMU is gone, or the test is over
    }
  }

  private @Nullable String answerOf(String line) {
    try {
      JsonNode command = JSON.readTree(line);
      String error = lines.refuse(command);
      return error == null
          ? null
          : "{\"error\":{\"class\":\"GenericError\",\"desc\":\"%s\"},\"id\":%s}"
              .formatted(error, command.path("id"));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private @Nullable String heard(String line) {
    try {
      lines.said(JSON.readTree(line));
      return null;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Passes lines on; what {@code instead} answers goes back in place of a line. */
  private static void pump(
      UnixSocket from, UnixSocket to, Function<String, @Nullable String> instead) {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    try {
      while (true) {
        try (Received piece = from.receive(64 * 1024, Deadline.never())) {
          if (piece.isEnd()) {
            break;
          }
          for (byte each : piece.data()) {
            line.write(each);
            if (each == '\n') {
              String text = line.toString(StandardCharsets.UTF_8);
              line.reset();
              String answer = instead.apply(text);
              UnixSocket receiver = answer == null ? to : from;
              String sent = answer == null ? text : answer + "\n";
              receiver.send(sent.getBytes(StandardCharsets.UTF_8), Deadline.inMillis(10_000));
            }
          }
        }
      }
    } catch (IOException | IllegalStateException e) {
      // The other direction has ended.
    } finally {
      try {
        to.shutdown(UnixSocket.Half.BOTH);
      } catch (IOException | IllegalStateException e) {
        // Ended already.
      }
    }
  }

  @Override
  public void close() {
    agents.close();
    qemus.close();
  }
}
