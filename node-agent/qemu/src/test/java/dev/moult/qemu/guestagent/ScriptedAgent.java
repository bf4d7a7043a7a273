package dev.moult.qemu.guestagent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.moult.linux.Deadline;
import dev.moult.linux.socket.Received;
import dev.moult.linux.socket.UnixListener;
import dev.moult.linux.socket.UnixSocket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** The QEMU side of the channel with an agent behind it, played by a test. */
final class ScriptedAgent implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration SOON = Duration.ofSeconds(10);

  private final UnixListener listener;
  private final Script script;
  private final List<String> commands = new CopyOnWriteArrayList<>();
  private final Thread thread;
  private volatile boolean broken;

  /** What it says to a command. */
  interface Script {
    /** The bytes, each a char below 256; null hangs up. */
    @Nullable String answer(String command, JsonNode request);
  }

  ScriptedAgent(Path socket, Script script) throws IOException {
    this.listener = UnixListener.bind(UnixSocket.Type.STREAM, socket.toString(), 0600, 1);
    this.script = script;
    this.thread = Thread.ofPlatform().daemon().start(this::serve);
  }

  /** As an agent that does what it is told; the other commands as the script says. */
  static Script inStep(Script others) {
    return (command, request) ->
        command.equals("guest-sync-delimited")
            ? synced(request.path("arguments").path("id").asLong())
            : others.answer(command, request);
  }

  static String synced(long id) {
    return "\u00ff{\"return\": " + id + "}\n";
  }

  /** The commands that came, with their arguments. */
  List<String> commands() {
    return commands;
  }

  private void serve() {
    while (!broken) {
      try (UnixSocket peer = listener.accept(Deadline.in(SOON))) {
        talk(peer);
      } catch (IOException | IllegalStateException e) {
        broken = true; // the test is over
      }
    }
  }

  private void talk(UnixSocket peer) throws IOException {
    var line = new ByteArrayOutputStream();
    while (true) {
      try (Received received = peer.receive(4096, Deadline.in(SOON))) {
        if (received.isEnd()) {
          return;
        }
        for (byte each : received.data()) {
          if (each == MarkedBytes.MARK) {
            line.reset();
          } else if (each != '\n') {
            line.write(each);
          } else {
            JsonNode request = JSON.readTree(line.toByteArray());
            line.reset();
            String command = request.path("execute").asText();
            commands.add(command + request.path("arguments"));
            String answer = script.answer(command, request);
            if (answer == null) {
              return;
            }
            if (!answer.isEmpty()) {
              peer.send(answer.getBytes(StandardCharsets.ISO_8859_1), Deadline.in(SOON));
            }
          }
        }
      }
    }
  }

  @Override
  public void close() throws InterruptedException {
    broken = true;
    listener.close();
    thread.join(Duration.ofMillis(100));
  }
}
