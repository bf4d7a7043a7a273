package dev.moult.agent.guest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A guest agent behind its QEMU, that gets in step and does what else a test says. */
final class PlayedGuestAgent implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final byte MARK = (byte) 0xFF;

  private final ServerSocketChannel listener;
  private final Script script;
  private final List<String> commands = new CopyOnWriteArrayList<>();

  /** What it says to a command that is not about getting in step. */
  interface Script {
    /** The answer, such as <code>"return": {}</code>; null says nothing. */
    @Nullable String answer(String command, JsonNode arguments);
  }

  PlayedGuestAgent(Path socket, Script script) throws IOException {
    this.script = script;
    listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listener.bind(UnixDomainSocketAddress.of(socket));
    var unused = Thread.ofPlatform().daemon().name("played-guest-agent").start(this::serve);
  }

  /** The commands that came but those about getting in step, with their arguments. */
  List<String> commands() {
    return commands;
  }

  private void serve() {
    while (listener.isOpen()) {
      try (SocketChannel peer = listener.accept()) {
        talk(peer);
      } catch (IOException e) {
        // This side or the other has hung up.
      }
    }
  }

  private void talk(SocketChannel peer) throws IOException {
    var line = new ByteArrayOutputStream();
    var buffer = ByteBuffer.allocate(4096);
    while (peer.read(buffer) >= 0) {
      buffer.flip();
      while (buffer.hasRemaining()) {
        byte each = buffer.get();
        if (each == MARK) {
          line.reset();
        } else if (each == '\n') {
          answer(peer, JSON.readTree(line.toByteArray()));
          line.reset();
        } else {
          line.write(each);
        }
      }
      buffer.clear();
    }
  }

  private void answer(SocketChannel peer, JsonNode request) throws IOException {
    String command = request.path("execute").asText();
    JsonNode arguments = request.path("arguments");
    if (command.equals("guest-sync-delimited")) {
      var unused = peer.write(ByteBuffer.wrap(new byte[] {MARK}));
      say(peer, "\"return\": " + arguments.path("id").asLong());
      return;
    }
    commands.add(command + arguments);
    String answer = script.answer(command, arguments);
    if (answer != null) {
      say(peer, answer);
    }
  }

  private static void say(SocketChannel peer, String answer) throws IOException {
    var bytes = ByteBuffer.wrap(("{" + answer + "}\n").getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      var unused = peer.write(bytes);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
