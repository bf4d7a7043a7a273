package dev.moult.agent.run;

import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import dev.moult.linux.socket.UnixListener;
import dev.moult.linux.socket.UnixSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/**
 * A socket at which one QEMU will listen: made here, in the agent's own directory, and handed to
 * QEMU, so that a restarted agent dials in again and the VMM's pod never sees it. Closing closes
 * this copy; then the socket lives and dies with QEMU.
 */
final class QemuListener implements AutoCloseable {
  private static final int OWNER_ONLY = 0600;
  // QEMU takes one caller at a time; those that gave up stand in the queue until it looks.
  private static final int BACKLOG = 128;

  private final UnixListener listener;

  private QemuListener(UnixListener listener) {
    this.listener = listener;
  }

  /** Binds it; what an earlier attempt left there is removed. */
  static QemuListener bind(Path socket) throws IOException {
    Files.deleteIfExists(socket);
    // By its directory's descriptor: a path may be longer than a socket address.
    try (Fd directory = Open.path(Objects.requireNonNull(socket.getParent()), OpenFlag.PATH)) {
      return new QemuListener(
          UnixListener.bind(
              UnixSocket.Type.STREAM,
              directory,
              socket.getFileName().toString(),
              OWNER_ONLY,
              BACKLOG));
    } catch (LinuxException e) {
      throw new IOException("QEMU's socket " + socket + " cannot be bound", e);
    }
  }

  /** The descriptor, borrowed. */
  Fd fd() {
    return listener.fd();
  }

  @Override
  public void close() {
    listener.close();
  }
}
