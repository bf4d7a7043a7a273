package dev.moult.operator.allowance;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Which question each virtual machine's last dry run was about, and when the next may be made.
 * Forgotten by a new process, which asks once more where there are limits.
 */
@ApplicationScoped
public class Inquiries {
  /** A quota counts a deleted pod a moment longer: what is over by then is not told. */
  private static final Duration SETTLED = Duration.ofSeconds(1);

  /** A dry run costs the API server 15 ms of CPU: by that, a sixth of one at most. */
  private static final Duration PACE = Duration.ofMillis(100);

  private final Clock clock;
  private final Map<String, Question> asked = new HashMap<>();
  private final Map<String, Instant> turns = new HashMap<>();
  private Instant lastTurn = Instant.EPOCH;

  /** Nothing has been asked. */
  @Inject
  public Inquiries(Clock clock) {
    this.clock = clock;
  }

  /** Whether a virtual machine's last dry run was about something else. */
  public synchronized boolean differs(String vmUid, Question question) {
    return !question.equals(asked.get(vmUid));
  }

  /** Gives a virtual machine a turn, if it has none; empty when its turn has come. */
  public synchronized Optional<Instant> turn(String vmUid) {
    var now = clock.instant();
    var turn =
        turns.computeIfAbsent(
            vmUid,
            unseen -> {
              var free = lastTurn.plus(PACE);
              var settled = now.plus(SETTLED);
              lastTurn = free.isAfter(settled) ? free : settled;
              return lastTurn;
            });
    return Optional.of(turn).filter(now::isBefore);
  }

  /** It is about to be asked. */
  public synchronized void asks(String vmUid, Question question) {
    turns.remove(vmUid);
    asked.put(vmUid, question);
  }

  /** There was no answer, or it is of no use any more. */
  public synchronized void forget(String vmUid) {
    turns.remove(vmUid);
    asked.remove(vmUid);
  }
}
