package dev.moult.agent.run;

import dev.moult.linux.Deadline;
import dev.moult.linux.EventFd;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.Poll;
import dev.moult.linux.socket.LoopbackListener;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jboss.logging.Logger;

/**
 * The socket at which people ask for a guest's screen, and a thread that says when somebody does.
 * It says so again only when the last one was dealt with, and not at once: who calls without end
 * costs the VM's thread next to nothing.
 */
final class ScreenDoor implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(ScreenDoor.class);

  /** At most four callers a second. */
  private static final Duration PACE = Duration.ofMillis(250);

  private final LoopbackListener listener;
  private final EventFd closing;
  private final Runnable knock;
  private final Semaphore dealtWith = new Semaphore(0);
  private final Thread thread;

  /**
   * Begins to watch.
   *
   * @param listening owned from now on, also when this throws
   * @param knock called from another thread when somebody waits; must not block
   */
  ScreenDoor(String name, Fd listening, Runnable knock) throws LinuxException {
    this.listener = LoopbackListener.adopt(listening);
    this.knock = knock;
    try {
      this.closing = EventFd.create();
    } catch (LinuxException e) {
      listening.close();
      throw e;
    }
    // NATIVE: a platform thread: it sits in poll.
    this.thread = Thread.ofPlatform().daemon().name("screen-" + name).start(this::watch);
  }

  /** Who has waited longest, which belongs to the caller; empty when nobody waits any more. */
  Optional<Fd> admit() throws LinuxException {
    return listener.accept();
  }

  /** The last one was dealt with: the next may knock. */
  void again() {
    dealtWith.release();
  }

  private void watch() {
    try {
      while (!isClosing(PACE)) {
        int[] ready =
            Poll.await(
                List.of(Poll.Watch.readable(listener.fd()), Poll.Watch.readable(closing.fd())),
                Deadline.never());
        if (ready[1] == 0) {
          knock.run();
          dealtWith.acquire();
        }
      }
    } catch (LinuxException e) {
      LOG.errorf("nobody looks after the screen any more: %s", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean isClosing(Duration most) throws LinuxException {
    return Poll.readable(closing.fd(), Deadline.in(most));
  }

  /** Whoever waits is refused, and who comes later. */
  @Override
  public void close() {
    try {
      closing.signal();
      dealtWith.release();
      thread.join();
    } catch (LinuxException e) {
      LOG.errorf("the screen's thread does not end: %s", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      listener.close();
      closing.close();
    }
  }
}
