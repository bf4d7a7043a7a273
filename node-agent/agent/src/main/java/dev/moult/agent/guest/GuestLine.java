package dev.moult.agent.guest;

import dev.moult.api.v1alpha1.Reason;
import dev.moult.linux.Deadline;
import dev.moult.qemu.guestagent.GuestAgentClient;
import dev.moult.qemu.guestagent.GuestAgentException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The line to the guest agent behind one QEMU, held from one talk to the next: a guest agent whose
 * host has hung up looks for it ten times a second. One thread at a time talks, whichever it is;
 * another may close.
 */
public final class GuestLine implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(GuestLine.class);

  private final Path socket;
  private final String vmUid;
  private final Clock clock;
  private @Nullable GuestAgentClient client; // guarded by this
  private boolean talking; // guarded by this
  private boolean closed; // guarded by this

  /** What is said, and what comes of it. */
  interface Talk<T> {
    T with(GuestAgentClient client) throws IOException;
  }

  /** To the socket at which a QEMU listens; nothing is dialled yet. */
  public GuestLine(Path socket, String vmUid, Clock clock) {
    this.socket = socket;
    this.vmUid = vmUid;
    this.clock = clock;
  }

  /**
   * Asks all that there is to know; takes three quarters of a minute at most.
   *
   * @param stoodStill whether its clock is to be set first
   */
  public GuestView look(boolean stoodStill) {
    try {
      return talk(agent -> {
        if (stoodStill) {
          agent.setTime(clock::instant);
        }
        return new GuestView.Present(agent.look());
      });
    } catch (IOException e) {
      LOG.debugf("guest agent: %s vm=%s", e.getMessage(), vmUid);
      return silent(String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      LOG.errorf(e, "a look through the guest agent failed vm=%s", vmUid);
      return silent("The node agent failed to ask it.");
    }
  }

  private static GuestView silent(String message) {
    return new GuestView.Away(Reason.GUEST_AGENT_SILENT, message);
  }

  /**
   * Asks it to power the guest down.
   *
   * @param frozen whether it may have frozen file systems: it powers no such guest down
   */
  public void shutdown(boolean frozen) {
    try {
      var unused =
          talk(agent -> {
            if (frozen) {
              var thawed = agent.thaw(GuestFreezer.THAW);
            }
            agent.shutdown();
            return true;
          });
      LOG.infof("the guest agent was asked to power the guest down vm=%s", vmUid);
    } catch (IOException e) {
      LOG.infof("the guest agent does not power down: %s vm=%s", e.getMessage(), vmUid);
    }
  }

  /** Lets somebody talk, in step. */
  <T> T talk(Talk<T> what) throws IOException {
    return hold(agent -> {
      agent.synchronise();
      return what.with(agent);
    });
  }

  /** Lets somebody talk who gets in step himself. */
  <T> T hold(Talk<T> what) throws IOException {
    GuestAgentClient agent = begin();
    boolean good = false;
    try {
      T result = what.with(agent);
      good = true;
      return result;
    } catch (GuestAgentException.Refused e) {
      good = true;
      throw e;
    } finally {
      end(agent, good);
    }
  }

  private GuestAgentClient begin() throws IOException {
    GuestAgentClient held = take();
    if (held != null) {
      return held;
    }
    // Not under the lock: a QEMU that takes no callers must not make the VM's thread wait in close.
    try {
      return keep(GuestAgentClient.connect(socket));
    } catch (IOException | RuntimeException e) {
      stopTalking();
      throw e;
    }
  }

  private synchronized @Nullable GuestAgentClient take() throws IOException {
    if (closed || talking) {
      throw new IOException("the line to the guest agent is " + (closed ? "closed" : "busy"));
    }
    talking = true;
    return client;
  }

  private synchronized GuestAgentClient keep(GuestAgentClient dialled) throws IOException {
    if (closed) {
      dialled.close();
      throw new IOException("the line to the guest agent was closed while it was dialled");
    }
    client = dialled;
    return dialled;
  }

  private synchronized void stopTalking() {
    talking = false;
  }

  private synchronized void end(GuestAgentClient agent, boolean good) {
    talking = false;
    if (closed || !good) {
      client = null;
      agent.close();
    }
  }

  /** Whether it was hung up from our side. */
  synchronized boolean isClosed() {
    return closed;
  }

  /** Lets time pass; ends at once when somebody hangs up. */
  synchronized void rest(Deadline deadline) throws IOException {
    try {
      while (!closed && !deadline.isPassed()) {
        TimeUnit.NANOSECONDS.timedWait(this, Math.max(deadline.remainingNanos(), 1));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the wait for the guest agent was interrupted");
    }
    if (closed) {
      throw new IOException("the line to the guest agent is closed");
    }
  }

  /** Hangs up; whoever talks ends. */
  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
    GuestAgentClient held = client;
    if (held != null && talking) {
      held.hangUp(); // closed by its thread, as is one that is being dialled
    } else if (held != null) {
      client = null;
      held.close();
    }
  }
}
