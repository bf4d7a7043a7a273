package dev.moult.qemu.real;

import dev.moult.linux.Deadline;
import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.socket.Received;
import dev.moult.linux.socket.UnixListener;
import dev.moult.linux.socket.UnixSocket;
import dev.moult.qemu.cpr.CprItem;
import dev.moult.qemu.cpr.CprStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** The relay of a bare handoff: A's cpr channel to B's, through the codec. */
final class Relay implements Callable<List<CprItem>>, AutoCloseable {

  private final UnixListener listener;
  private final UnixSocket target;
  private final CprStream stream;
  private final List<CprItem> items = new ArrayList<>();
  private final List<String> files = new ArrayList<>();

  /** Listens for A and connects to B, which listens already or soon will. */
  Relay(Fd meet, CprStream.EmptyVfio emptyVfio) throws Exception {
    stream = new CprStream(emptyVfio);
    listener = UnixListener.bind(UnixSocket.Type.STREAM, meet, Hardware.A_CPR, 0700, 1);
    target = connect(meet);
  }

  /** Carries everything, then waits until B hangs up and lets A see that. */
  @Override
  public List<CprItem> call() throws Exception {
    Deadline deadline = Deadline.in(Duration.ofSeconds(30));
    try (UnixSocket source = listener.accept(deadline)) {
      while (true) {
        try (Received piece =
            source.receive(CprStream.MAX_BYTES, CprStream.MAX_DESCRIPTORS, deadline)) {
          if (piece.isEnd()) {
            break;
          }
          pass(piece, deadline);
        }
      }
      stream.end();
      target.shutdown(UnixSocket.Half.WRITE);
      try (Received end = target.receive(1, deadline)) {
        if (!end.isEnd()) {
          throw new AssertionError("B answers on the cpr channel");
        }
      }
    }
    return items;
  }

  /** Names of the files behind the descriptors, in order. */
  List<String> files() {
    return files;
  }

  @Override
  public void close() {
    listener.close();
    target.close();
  }

  private void pass(Received piece, Deadline deadline) throws Exception {
    for (Fd descriptor : piece.descriptors()) {
      files.add(FileControl.nameOf(descriptor));
    }
    CprStream.Piece read = stream.feed(ByteBuffer.wrap(piece.data()), piece.descriptors().size());
    items.addAll(read.items());
    byte[] forward = new byte[read.forward().remaining()];
    read.forward().get(forward);
    if (forward.length > 0) {
      target.send(forward, piece.descriptors(), deadline);
    }
  }

  private static UnixSocket connect(Fd meet) throws Exception {
    Deadline deadline = Deadline.in(Duration.ofSeconds(30));
    while (true) {
      try {
        return UnixSocket.connect(UnixSocket.Type.STREAM, meet, Hardware.B_CPR, deadline);
      } catch (LinuxException e) {
        boolean notYet = e.is(Errno.ENOENT) || e.is(Errno.ECONNREFUSED);
        if (!notYet || deadline.isPassed()) {
          throw e;
        }
        Thread.sleep(1);
      }
    }
  }
}
