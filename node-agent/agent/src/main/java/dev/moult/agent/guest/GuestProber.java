package dev.moult.agent.guest;

import dev.moult.agent.journal.AgentProbes;
import dev.moult.linux.Deadline;
import dev.moult.qemu.guestagent.GuestAgentClient;
import dev.moult.qemu.guestagent.GuestAgentConnection;
import dev.moult.qemu.guestagent.GuestAgentException;
import java.io.IOException;
import java.time.Duration;
import java.util.OptionalInt;
import org.jboss.logging.Logger;

/**
 * Asks a guest agent what one probe wants to know, one try after the other, each on a thread of its
 * own. A command that has not ended with its try goes on in the guest, where nobody can stop it; it
 * is remembered, and not begun again beside itself.
 */
public final class GuestProber {
  private static final Logger LOG = Logger.getLogger(GuestProber.class);

  /** Processes have numbers from 1 on. */
  private static final long NONE = 0;

  private static final Duration FIRST_LOOK = Duration.ofMillis(20);
  private static final Duration LAST_LOOK = Duration.ofMillis(500);

  /** Whether a command has ended in time is told a moment later. */
  private static final Duration MOMENT = Duration.ofSeconds(1);

  private final AgentProbes.Probe probe;
  private final String vmUid;
  // A try that was cut off may say so while the next one has begun.
  private volatile long running = NONE;

  /** Something that is said again while it is not answered. */
  private interface Question<T> {
    T within(Duration most) throws IOException;
  }

  /** For one probe. */
  public GuestProber(AgentProbes.Probe probe, String vmUid) {
    this.probe = probe;
    this.vmUid = vmUid;
  }

  /** One try; takes no longer than it may, and a moment. */
  public ProbeResult ask(GuestLine line) {
    Deadline deadline = Deadline.in(Duration.ofSeconds(probe.timeoutSeconds()));
    try {
      return line.hold(agent ->
          probe.command().isEmpty() ? ping(agent, deadline) : command(line, agent, deadline));
    } catch (IOException e) {
      LOG.debugf("probe: %s vm=%s", e.getMessage(), vmUid);
      return line.isClosed() ? new ProbeResult.Cut() : new ProbeResult.Bad(sentence(e));
    } catch (RuntimeException e) {
      LOG.errorf(e, "a probe through the guest agent failed by itself vm=%s", vmUid);
      return new ProbeResult.Cut();
    }
  }

  private static String sentence(IOException e) {
    String message = e.getMessage();
    if (message == null) {
      return "the guest agent cannot be asked";
    }
    return message.endsWith(".") ? message.substring(0, message.length() - 1) : message;
  }

  private static ProbeResult ping(GuestAgentClient agent, Deadline deadline) throws IOException {
    return insist(
        agent,
        deadline,
        most -> {
          agent.ping(most);
          return new ProbeResult.Good();
        });
  }

  private ProbeResult command(GuestLine line, GuestAgentClient agent, Deadline deadline)
      throws IOException {
    if (running != NONE && !isOver(line, agent, deadline)) {
      return new ProbeResult.Bad("the command of an earlier try has not ended yet");
    }
    var unused = insist(agent, deadline, most -> true);
    running = agent.exec(probe.command(), left(deadline));
    OptionalInt code = exitCode(line, agent, deadline);
    if (code.isEmpty()) {
      return new ProbeResult.Bad(
          "the command has not ended within %d s".formatted(probe.timeoutSeconds()));
    }
    return code.getAsInt() == 0
        ? new ProbeResult.Good()
        : new ProbeResult.Bad("the command ended with exit code %d".formatted(code.getAsInt()));
  }

  /**
   * Whether the command of an earlier try has ended, or an agent that was started anew forgot it.
   */
  private boolean isOver(GuestLine line, GuestAgentClient agent, Deadline deadline)
      throws IOException {
    try {
      return exitCode(line, agent, deadline).isPresent();
    } catch (GuestAgentException.Refused e) {
      return true;
    }
  }

  /** How the command ended; empty when its time is over before. */
  private OptionalInt exitCode(GuestLine line, GuestAgentClient agent, Deadline deadline)
      throws IOException {
    long process = running;
    Duration wait = FIRST_LOOK;
    while (true) {
      boolean last = deadline.isPassed();
      OptionalInt code = look(agent, process, deadline);
      if (code.isPresent() || last) {
        return code;
      }
      line.rest(Deadline.in(shorter(wait, left(deadline))));
      wait = shorter(wait.multipliedBy(2), LAST_LOOK);
    }
  }

  private OptionalInt look(GuestAgentClient agent, long process, Deadline deadline)
      throws IOException {
    Duration left = left(deadline);
    Deadline until = Deadline.in(left.compareTo(MOMENT) > 0 ? left : MOMENT);
    try {
      OptionalInt code = insist(agent, until, most -> agent.exitCode(process, most));
      if (code.isPresent()) {
        running = NONE;
      }
      return code;
    } catch (GuestAgentException.Refused e) {
      running = NONE;
      throw e;
    }
  }

  /**
   * An agent that is started anew loses what it was asked: it is asked again while there is time.
   */
  private static <T> T insist(GuestAgentClient agent, Deadline deadline, Question<T> question)
      throws IOException {
    while (true) {
      try {
        agent.synchronise(shorter(left(deadline), GuestAgentConnection.ANSWER));
        return question.within(shorter(left(deadline), GuestAgentConnection.ANSWER));
      } catch (GuestAgentException.Silent e) {
        if (deadline.isPassed()) {
          throw e;
        }
      }
    }
  }

  private static Duration left(Deadline deadline) {
    return Duration.ofNanos(deadline.remainingNanos());
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
