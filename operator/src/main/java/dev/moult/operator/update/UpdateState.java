package dev.moult.operator.update;

import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.operator.state.State;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where a LiveUpdate is; {@link UpdateLife} lists what leads from one state to another. */
public enum UpdateState implements State {
  /**
   * It waits for its turn. Deadline: a day. Transitions to PREPARING (its turn), REFUSED (nothing
   * to update, deleted, deadline).
   */
  PENDING(LiveUpdatePhase.PENDING, false, Duration.ofDays(1)),

  /**
   * The new VMM pod is created and starts. Deadline: {@code spec.timeout}. Transitions to CHECKING
   * (its container runs), TRANSFERRING, COMMITTING (seen late), ROLLED_BACK (deadline, deleted, or
   * the agent says so), REFUSED (the agent or the API server says so), FAILED (both QEMUs are dead,
   * or the agent says so).
   */
  PREPARING(LiveUpdatePhase.PREPARING, false, Duration.ofMinutes(2)),

  /**
   * The agent examines old and new QEMU. Deadline: the agent's, {@code spec.timeout}; past it the
   * operator decides only when pods leave no doubt. Transitions to TRANSFERRING (checked),
   * COMMITTING, ROLLED_BACK, REFUSED, FAILED (verdict).
   */
  CHECKING(LiveUpdatePhase.CHECKING, false, Duration.ofMinutes(2)),

  /**
   * The guest's state goes to the new QEMU. Deadline as CHECKING. Transitions to COMMITTING,
   * ROLLED_BACK, REFUSED, FAILED (verdict).
   */
  TRANSFERRING(LiveUpdatePhase.TRANSFERRING, false, Duration.ofMinutes(2)),

  /**
   * The guest runs on the new QEMU; the old pod is removed, CPU is returned. Deadline: ten minutes,
   * then Stalled says what is missing; the guest's end is the way out. Transitions to COMPLETED
   * (new pod has its CPU, old one is gone), FAILED (the new QEMU died).
   */
  COMMITTING(LiveUpdatePhase.COMMITTING, false, Duration.ofMinutes(10)),

  /** The guest runs on the new QEMU with all its CPU; the old pod is gone. Terminal. */
  COMPLETED(LiveUpdatePhase.COMPLETED, true, null),

  /** The guest runs on the old QEMU, as before. Terminal. */
  ROLLED_BACK(LiveUpdatePhase.ROLLED_BACK, true, null),

  /** Nothing was touched. Terminal. */
  REFUSED(LiveUpdatePhase.REFUSED, true, null),

  /** The guest was lost. Terminal. */
  FAILED(LiveUpdatePhase.FAILED, true, null);

  private final LiveUpdatePhase phase;
  private final boolean terminal;
  private final @Nullable Duration deadline;

  UpdateState(LiveUpdatePhase phase, boolean terminal, @Nullable Duration deadline) {
    this.phase = phase;
    this.terminal = terminal;
    this.deadline = deadline;
  }

  /** The state of a LiveUpdate whose status has this phase; none yet is {@link #PENDING}. */
  public static UpdateState of(LiveUpdatePhase phase) {
    return Arrays.stream(values()).filter(s -> s.phase == phase).findFirst().orElse(PENDING);
  }

  /** The phase that its status shows. */
  public LiveUpdatePhase phase() {
    return phase;
  }

  @Override
  public String label() {
    var words = name().split("_");
    var label = new StringBuilder();
    for (var word : words) {
      label.append(word.charAt(0)).append(word.substring(1).toLowerCase(Locale.ROOT));
    }
    return label.toString();
  }

  @Override
  public boolean terminal() {
    return terminal;
  }

  /** The default; before the verdict {@code spec.timeout} goes before it. */
  @Override
  public Optional<Duration> deadline() {
    return Optional.ofNullable(deadline);
  }
}
