package dev.moult.agent.autopsy;

import dev.moult.linux.Deadline;
import dev.moult.linux.EventFd;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.Poll;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.file.FileIo;
import dev.moult.linux.socket.LoopbackListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/** The port of one anchor at which people ask for its guest's memory, one after the other. */
final class Door implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Door.class);

  /** At most four callers a second: keys are not to be tried out. */
  private static final Duration PACE = Duration.ofMillis(250);

  private static final Duration QUESTION = Duration.ofSeconds(5);

  private final LoopbackListener listener;
  private final EventFd closing;
  private final Caller caller;
  private final Thread thread;

  /** Answers who calls. */
  interface Caller {
    /** Answers one question; may throw whatever is wrong with the one who asked. */
    void answer(String question, Desk.Reply reply) throws IOException, InterruptedException;
  }

  /**
   * Opens.
   *
   * @param listening owned from now on, also when this throws
   */
  Door(String name, Fd listening, Caller caller) throws LinuxException {
    this.listener = LoopbackListener.adopt(listening);
    this.caller = caller;
    try {
      this.closing = EventFd.create();
    } catch (LinuxException e) {
      listening.close();
      throw e;
    }
    // NATIVE: a platform thread: it sits in poll.
    this.thread = Thread.ofPlatform().daemon().name("autopsy-" + name).start(this::watch);
  }

  private void watch() {
    try {
      while (!Poll.readable(closing.fd(), Deadline.in(PACE))) {
        int[] ready =
            Poll.await(
                List.of(Poll.Watch.readable(listener.fd()), Poll.Watch.readable(closing.fd())),
                Deadline.never());
        if (ready[1] == 0) {
          admit();
        }
      }
    } catch (LinuxException e) {
      LOG.errorf("nobody is answered any more about a guest's memory: %s", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void admit() throws LinuxException, InterruptedException {
    Optional<Fd> accepted = listener.accept();
    if (accepted.isEmpty()) {
      return;
    }
    try (Fd peer = accepted.get()) {
      FileControl.setNonBlocking(peer, true);
      caller.answer(question(peer), allowed -> new CallerStream(peer, closing, allowed));
    } catch (IOException | RuntimeException e) {
      LOG.infof("who asked for a guest's memory did not get all: %s", e.getMessage());
    }
  }

  private String question(Fd peer) throws IOException {
    Deadline deadline = Deadline.in(QUESTION);
    var bytes = new ByteArrayOutputStream();
    while (bytes.size() < Desk.MOST_QUESTION) {
      int[] ready =
          Poll.await(
              List.of(Poll.Watch.readable(peer), Poll.Watch.readable(closing.fd())), deadline);
      if (ready[0] == 0 || ready[1] != 0) {
        throw LinuxException.timeout("a question");
      }
      byte[] more = FileIo.read(peer, Desk.MOST_QUESTION - bytes.size());
      if (more.length == 0) {
        break;
      }
      bytes.writeBytes(more);
      String text = bytes.toString(StandardCharsets.ISO_8859_1);
      if (text.endsWith("\n")) {
        return text.strip();
      }
    }
    throw new IOException("no question");
  }

  /** Whoever is being answered is cut off. */
  @Override
  public void close() {
    try {
      closing.signal();
      thread.join();
    } catch (LinuxException e) {
      LOG.errorf("an autopsy's thread does not end: %s", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      listener.close();
      closing.close();
    }
  }
}
