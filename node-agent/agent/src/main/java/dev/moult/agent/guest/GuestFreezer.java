package dev.moult.agent.guest;

import dev.moult.qemu.guestagent.GuestAgentClient;
import dev.moult.qemu.guestagent.GuestAgentException;
import java.io.IOException;
import java.time.Duration;
import org.jboss.logging.Logger;

/**
 * Asks a guest agent to freeze and to thaw the guest's file systems ({@code guest-fsfreeze-*} of
 * QEMU's guest agent). Each call is one talk, on a thread of its own.
 */
public final class GuestFreezer {
  /** All that the guest has not written yet is written first. */
  static final Duration FREEZE = Duration.ofSeconds(60);

  static final Duration THAW = Duration.ofSeconds(30);

  private static final Logger LOG = Logger.getLogger(GuestFreezer.class);

  private GuestFreezer() {}

  /** Freezes them, unless they are: an earlier talk may have been cut short. */
  public static FreezeResult freeze(GuestLine line) {
    return talk(
        line,
        agent -> {
          if (agent.isFrozen()) {
            return new FreezeResult.Frozen(null);
          }
          try {
            int count = agent.freeze(FREEZE);
            return count == 0
                ? new FreezeResult.Refused("the guest has no file system that can be frozen")
                : new FreezeResult.Frozen(count);
          } catch (GuestAgentException.Refused e) {
            thawTheRest(agent);
            throw e;
          }
        });
  }

  /** The agent does so itself when one of them could not be frozen; one that did not is told to. */
  private static void thawTheRest(GuestAgentClient agent) throws IOException {
    try {
      var unused = agent.thaw(THAW);
    } catch (GuestAgentException.Refused e) {
      LOG.debugf("nothing to thaw after a failed freeze: %s", e.getMessage());
    }
  }

  /** Thaws all of them, and makes sure. */
  public static FreezeResult thaw(GuestLine line) {
    return talk(
        line,
        agent -> {
          var unused = agent.thaw(THAW);
          return agent.isFrozen()
              ? new FreezeResult.Refused("the guest agent says that they are frozen still")
              : new FreezeResult.Thawed();
        });
  }

  /** Looks whether they are frozen. */
  public static FreezeResult look(GuestLine line) {
    return talk(
        line,
        agent -> agent.isFrozen() ? new FreezeResult.Frozen(null) : new FreezeResult.Thawed());
  }

  private static FreezeResult talk(GuestLine line, GuestLine.Talk<FreezeResult> what) {
    try {
      return line.talk(what);
    } catch (GuestAgentException.Refused e) {
      return new FreezeResult.Refused(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      return line.isClosed()
          ? new FreezeResult.Cut()
          : new FreezeResult.Unknown(String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      LOG.error("a talk about frozen file systems failed by itself", e);
      return new FreezeResult.Unknown("the node agent failed to ask the guest agent");
    }
  }
}
