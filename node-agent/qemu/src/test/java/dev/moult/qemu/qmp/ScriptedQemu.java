package dev.moult.qemu.qmp;

import dev.moult.qemu.Recorded;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The QEMU side of a monitor connection, played by a test line by line. */
final class ScriptedQemu implements AutoCloseable {

  static final String GREETING =
      Recorded.text("qmp/handoff-a-10.0.2.txt").lines().findFirst().orElseThrow();

  private final ServerSocketChannel listener;
  private SocketChannel peer;
  private BufferedReader requests;

  ScriptedQemu(Path socket) throws IOException {
    listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listener.bind(UnixDomainSocketAddress.of(socket));
    peer = SocketChannel.open(StandardProtocolFamily.UNIX);
    requests = new BufferedReader(Channels.newReader(peer, StandardCharsets.UTF_8));
  }

  /** Accepts, greets and answers the negotiation, then says the lines, all in one write. */
  void greet(String... lines) throws IOException {
    accept();
    send(GREETING);
    var _ = requests.readLine();
    send("{\"return\": {}, \"id\": 1}\n" + String.join("\n", lines));
  }

  void accept() throws IOException {
    peer = listener.accept();
    requests = new BufferedReader(Channels.newReader(peer, StandardCharsets.UTF_8));
  }

  void send(String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap((text + "\n").getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      var _ = peer.write(bytes);
    }
  }

  String request() throws IOException {
    return String.valueOf(requests.readLine());
  }

  void hangUp() throws IOException {
    peer.close();
  }

  @Override
  public void close() throws IOException {
    peer.close();
    listener.close();
  }
}
