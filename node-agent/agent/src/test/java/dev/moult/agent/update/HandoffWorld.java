package dev.moult.agent.update;

import dev.moult.agent.journal.Verdict;
import dev.moult.agent.update.Decision.Action;
import dev.moult.agent.update.Decision.Demand;
import dev.moult.agent.update.Decision.Seen;
import dev.moult.agent.update.Decision.Source;
import dev.moult.agent.update.Decision.Target;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What two QEMUs, the journal and whoever decides have come to in a {@link HandoffModel}.
 *
 * @param marks what else is true
 * @param conducting whether the one who decides began the handoff, and is no successor
 * @param demand what speaks against going on
 * @param end how it ended; null while it goes on
 */
record HandoffWorld(
    Verdict verdict,
    A a,
    B b,
    Set<Mark> marks,
    boolean conducting,
    Demand demand,
    @Nullable Action end) {

  static final HandoffWorld BEGIN =
      new HandoffWorld(Verdict.NONE, A.RUNS, B.ABSENT, Set.of(), true, Demand.NONE, null);

  /** What the old QEMU really is. */
  enum A {
    RUNS,
    SENDS,
    STANDS,
    ENDED,
    DEAD
  }

  /** What the new QEMU really is. */
  enum B {
    ABSENT,
    STARTS,
    WAITS,
    LOADED,
    RUNS,
    DEAD
  }

  /** What may be true beside the states. */
  enum Mark {
    /** B was told to listen for the state. */
    TOLD,
    /** A's monitor is silent until B is dead. */
    HANGS,
    /** B does nothing and says nothing until it is killed. */
    FROZEN,
    /** All threads of A are stopped, and whoever decides has the proof. */
    STOPPED,
    /** A thread of A does not stop when it is asked to. */
    UNSTOPPABLE,
    /** B has run the guest. */
    RAN,
    /** B will answer {@code cont} with an error. */
    REFUSES,
    /** That answer is in the journal. */
    NOTED,
    /** The time of the present wait has passed. */
    OVERDUE
  }

  /** Where the handoff is when it goes wrong: the columns of the fault table. */
  enum Step {
    PREPARING("1–3 B is made ready"),
    LISTENING("3 B listens, A still runs"),
    MAIN("4 A sends the state"),
    LOADED("5 B has it, no verdict"),
    COMMITTED("6 COMMIT, before `cont`"),
    RESUMED("7–8 B runs the guest");

    private final String words;

    Step(String words) {
      this.words = words;
    }

    String words() {
      return words;
    }
  }

  boolean is(Mark mark) {
    return marks.contains(mark);
  }

  Source source() {
    return switch (a) {
      case DEAD -> Source.GONE;
      case RUNS -> is(Mark.HANGS) ? Source.SILENT : Source.RUNNING;
      case SENDS -> is(Mark.HANGS) ? Source.SILENT : Source.STOPPING;
      case STANDS -> is(Mark.HANGS) ? Source.SILENT : Source.POSTMIGRATE;
      case ENDED -> Source.ENDED;
    };
  }

  Target target() {
    // Who saw its RESUME does not look again.
    boolean silent = is(Mark.FROZEN) && !(is(Mark.RAN) && conducting);
    return switch (b) {
      case ABSENT -> Target.ABSENT;
      case DEAD -> Target.GONE;
      case STARTS -> Target.SILENT;
      case WAITS -> silent ? Target.SILENT : Target.WAITING;
      case LOADED -> silent ? Target.SILENT : Target.LOADED;
      case RUNS -> silent ? Target.SILENT : Target.RUNNING;
    };
  }

  Seen seen() {
    return new Seen(
        verdict,
        source(),
        target(),
        is(Mark.STOPPED),
        is(Mark.NOTED),
        conducting,
        demand,
        is(Mark.OVERDUE));
  }

  Step step() {
    if (b == B.RUNS || is(Mark.RAN)) {
      return Step.RESUMED;
    }
    if (verdict == Verdict.COMMIT) {
      return Step.COMMITTED;
    }
    if (b == B.LOADED) {
      return Step.LOADED;
    }
    if (is(Mark.TOLD)) {
      return a == A.RUNS ? Step.LISTENING : Step.MAIN;
    }
    return Step.PREPARING;
  }

  boolean bLives() {
    return b != B.ABSENT && b != B.DEAD;
  }

  HandoffWorld decided(Verdict now) {
    if (verdict != Verdict.NONE) {
      throw new AssertionError("a verdict is written twice");
    }
    return new HandoffWorld(now, a, b, marks, conducting, demand, null).without(Mark.OVERDUE);
  }

  HandoffWorld with(A now) {
    return timed(new HandoffWorld(verdict, now, b, marks, conducting, demand, null));
  }

  HandoffWorld with(B now) {
    var next = timed(new HandoffWorld(verdict, a, now, marks, conducting, demand, null));
    return switch (now) {
      // A need not stand still any more: it is let go before it is looked at.
      case DEAD -> timed(next.without(Mark.HANGS).without(Mark.FROZEN).without(Mark.STOPPED));
      case RUNS -> next.with(Mark.RAN);
      case ABSENT, STARTS, WAITS, LOADED -> next;
    };
  }

  HandoffWorld with(Mark mark) {
    var more = EnumSet.of(mark);
    more.addAll(marks);
    return timed(new HandoffWorld(verdict, a, b, Set.copyOf(more), conducting, demand, end));
  }

  HandoffWorld without(Mark mark) {
    if (!is(mark)) {
      return this;
    }
    var less = EnumSet.copyOf(marks);
    less.remove(mark);
    return timed(new HandoffWorld(verdict, a, b, Set.copyOf(less), conducting, demand, end));
  }

  HandoffWorld with(Demand now) {
    return new HandoffWorld(verdict, a, b, marks, conducting, now, end);
  }

  /**
   * The one who decides has died; a successor has taken its place and knows no demand. It lets A go
   * on before it asks it anything.
   */
  HandoffWorld restarted() {
    return new HandoffWorld(verdict, a, b, marks, false, Demand.NONE, null)
        .without(Mark.OVERDUE)
        .without(Mark.STOPPED);
  }

  HandoffWorld ended(Action how) {
    return new HandoffWorld(verdict, a, b, marks, conducting, demand, how);
  }

  /** A wait's time begins anew when another state is seen. */
  private HandoffWorld timed(HandoffWorld next) {
    return Decision.limit(verdict, source()) == Decision.limit(next.verdict, next.source())
        ? next
        : next.without(Mark.OVERDUE);
  }
}
