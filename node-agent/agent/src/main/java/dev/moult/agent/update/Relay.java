package dev.moult.agent.update;

import dev.moult.agent.journal.UpdateRecord.Given;
import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileStat;
import dev.moult.linux.file.Memfd;
import dev.moult.linux.socket.Received;
import dev.moult.linux.socket.UnixListener;
import dev.moult.linux.socket.UnixSocket;
import dev.moult.linux.stop.StopPoint;
import dev.moult.linux.stop.StopPoints;
import dev.moult.qemu.cpr.CprItem;
import dev.moult.qemu.cpr.CprStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Carries A's cpr stream to B: bytes, descriptors, the end. It counts, names and records the
 * descriptors and maps none. The hang-up towards A is what makes A stop the guest, so it is passed
 * on only after B was told to listen for the guest's state.
 */
final class Relay implements AutoCloseable {
  private final UnixListener fromSource;
  private final UnixSocket toTarget;
  private final CprStream stream;
  private final Deadline deadline;
  private final Runnable progress;
  private final String vmUid;
  private final Thread thread;
  private final List<Fd> kept = new ArrayList<>();
  private final List<Given> given = new ArrayList<>();
  private volatile @Nullable String failure;
  private volatile boolean complete;
  private volatile boolean armed;
  private volatile boolean hungUp;

  /**
   * Begins. Both sockets are owned from now on.
   *
   * @param progress called on each change, from the relay's thread
   * @param vmUid whose handoff it is
   */
  Relay(
      UnixListener fromSource,
      UnixSocket toTarget,
      CprStream.EmptyVfio emptyVfio,
      Deadline deadline,
      Runnable progress,
      String vmUid) {
    this.fromSource = fromSource;
    this.toTarget = toTarget;
    this.stream = new CprStream(emptyVfio);
    this.deadline = deadline;
    this.progress = progress;
    this.vmUid = vmUid;
    // NATIVE: a platform thread; a virtual one would hold its carrier inside recvmsg and poll.
    thread = Thread.ofPlatform().daemon().name("relay").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Whether A has sent all and closed its side, and B has it. */
  boolean complete() {
    return complete;
  }

  /** What went wrong; null if nothing did. */
  @Nullable String failure() {
    return failure;
  }

  /** Whether A was let see the hang-up: it stops the guest then. */
  boolean hungUp() {
    return hungUp;
  }

  /** From now on B's hang-up is passed on to A. To be called before B is told to listen. */
  void arm() {
    armed = true;
  }

  /** What went over, in order; to be asked when it is complete. */
  List<Given> given() {
    synchronized (given) {
      return List.copyOf(given);
    }
  }

  private void run() {
    try (toTarget;
        UnixSocket source = fromSource.accept(deadline)) {
      fromSource.close();
      forward(source);
      toTarget.shutdown(UnixSocket.Half.WRITE);
      complete = true;
      progress.run();
      awaitHangUp();
      if (armed) {
        StopPoints.at(StopPoint.AGENT_HANG_UP, vmUid);
        hungUp = true;
      } else {
        failure = "the new QEMU hung up before it was told to listen";
      }
      // Closing `source` is the hang-up.
    } catch (IOException | RuntimeException e) {
      String message = e.getMessage();
      failure = message == null ? e.getClass().getSimpleName() : message;
    } finally {
      fromSource.close();
      progress.run();
    }
  }

  private void forward(UnixSocket source) throws IOException {
    while (true) {
      try (Received piece =
          source.receive(CprStream.MAX_BYTES, CprStream.MAX_DESCRIPTORS, deadline)) {
        if (piece.isEnd()) {
          stream.end();
          return;
        }
        List<Fd> descriptors = piece.descriptors();
        CprStream.Piece answer = stream.feed(ByteBuffer.wrap(piece.data()), descriptors.size());
        if (answer.forward().hasRemaining()) {
          byte[] bytes = new byte[answer.forward().remaining()];
          answer.forward().get(bytes);
          toTarget.send(bytes, descriptors, deadline);
        }
        kept.addAll(piece.takeDescriptors());
        record(answer.items());
      }
    }
  }

  /** Names come with or after their descriptor; each is looked at once, then closed. */
  private void record(List<CprItem> items) throws LinuxException {
    for (CprItem item : items) {
      if (item instanceof CprItem.Descriptor descriptor) {
        try (Fd fd = kept.get(descriptor.ordinal())) {
          synchronized (given) {
            given.add(describe(descriptor.name(), fd));
          }
        }
      }
    }
  }

  private static Given describe(String name, Fd fd) throws LinuxException {
    FileStat stat = FileStat.of(fd);
    if (stat.type() != FileStat.Type.REGULAR) {
      return new Given(
          name, stat.type().name().toLowerCase(java.util.Locale.ROOT), 0, List.of(), "Stream");
    }
    try {
      List<String> seals = Memfd.seals(fd).stream().map(Enum::name).sorted().toList();
      return new Given(name, "memfd", stat.size(), seals, "Stream");
    } catch (LinuxException e) {
      return new Given(name, "file", stat.size(), List.of(), "Stream"); // EINVAL: not a memfd
    }
  }

  private void awaitHangUp() throws LinuxException {
    while (true) {
      try (Received answer = toTarget.receive(4096, deadline)) {
        if (answer.isEnd()) {
          return;
        }
      } catch (LinuxException e) {
        if (e.isPeerGone()) {
          return;
        }
        throw e;
      }
    }
  }

  /** Ends it whatever it does, and waits for its thread. */
  @Override
  public void close() {
    try {
      if (toTarget.fd().isOpen()) {
        toTarget.shutdown(UnixSocket.Half.BOTH);
      }
      thread.join(java.time.Duration.ofSeconds(5));
    } catch (LinuxException | IllegalStateException e) {
      // Its thread has closed the socket meanwhile: it is over.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (Fd fd : kept) {
      fd.close();
    }
  }
}
