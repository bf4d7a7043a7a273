package dev.moult.cli.power;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

/** What the verbs of power change of a spec. */
sealed interface PowerPlan {
  /** The strategy of a machine that is powered down. */
  String HALTED = "Halted";

  /** The strategy that a start sets, as a user of KubeVirt knows it. */
  String ALWAYS = "Always";

  /** The field that start and stop change. */
  String RUN_STRATEGY = "runStrategy";

  /** The field that a restart changes. */
  String RESTART_REQUESTED_AT = "restartRequestedAt";

  /** The field that pause and resume change. */
  String PAUSED = "paused";

  /** The field that suspend and resume change. */
  String POWER = "power";

  /** The power of a guest that runs. */
  String RUNNING = "Running";

  /** The power of one that is put aside. */
  String SUSPENDED = "Suspended";

  /** The field that a reset changes. */
  String RESET_REQUESTED_AT = "resetRequestedAt";

  /** The field that freeze sets and unfreeze removes. */
  String FILESYSTEM_FREEZE = "filesystemFreeze";

  /**
   * Fields of the spec get other values.
   *
   * @param fields which, and what they get; null removes one
   * @param words what is told, such as {@code spec.runStrategy: Halted -> Always}
   */
  record Change(Map<String, Object> fields, String words) implements PowerPlan {
    private static Change of(String field, Object value, String words) {
      return new Change(Map.of(field, value), words);
    }

    private Change and(Change other) {
      var all = new HashMap<>(fields);
      all.putAll(other.fields);
      return new Change(all, words + ", " + other.words);
    }
  }

  /** All is as wished already; why, is told. */
  record Nothing(String why) implements PowerPlan {}

  /** It cannot be done; what to do instead, is told. */
  record Impossible(String why) implements PowerPlan {}

  /**
   * Start.
   *
   * @param strategy spec.runStrategy as it is
   * @param wanted the strategy to start with
   * @param runs whether the guest runs or is about to
   */
  static PowerPlan start(String strategy, String wanted, boolean runs, Instant now) {
    if (strategy.equals(HALTED)) {
      Change change = strategyTo(strategy, wanted);
      // Those that are not started by their strategy alone are asked to.
      return wanted.equals(ALWAYS) ? change : change.and(restartAt(now));
    }
    if (runs) {
      return new Nothing("it runs already, spec.runStrategy is " + strategy);
    }
    return strategy.equals(ALWAYS)
        ? new Nothing("it is started without that, spec.runStrategy is Always")
        : restartAt(now);
  }

  /** Stop. */
  static PowerPlan stop(String strategy) {
    return strategy.equals(HALTED)
        ? new Nothing("spec.runStrategy is Halted already")
        : strategyTo(strategy, HALTED);
  }

  /** Restart. */
  static PowerPlan restart(String strategy, Instant now) {
    return strategy.equals(HALTED)
        ? new Impossible("it is halted (spec.runStrategy is Halted): start it instead")
        : restartAt(now);
  }

  /** Pause. */
  static PowerPlan pause(String strategy, boolean paused) {
    if (paused) {
      return new Nothing("spec.paused is true already");
    }
    return strategy.equals(HALTED)
        ? new Impossible("it is halted (spec.runStrategy is Halted): no guest runs")
        : Change.of(PAUSED, true, "spec.paused: false -> true");
  }

  /** Resume, what was paused or suspended. */
  static PowerPlan resume(boolean paused, boolean suspended) {
    if (suspended) {
      return Change.of(POWER, RUNNING, "spec.power: Suspended -> Running");
    }
    return paused
        ? Change.of(PAUSED, false, "spec.paused: true -> false")
        : new Nothing("spec.paused is false and spec.power Running already");
  }

  /**
   * Suspend.
   *
   * @param guest whether there is a guest, running or paused
   */
  static PowerPlan suspend(boolean guest, boolean paused, boolean suspended) {
    if (suspended) {
      return new Nothing("spec.power is Suspended already");
    }
    if (paused) {
      return new Impossible("it is paused (spec.paused is true): resume it first");
    }
    return guest
        ? Change.of(POWER, SUSPENDED, "spec.power: Running -> Suspended")
        : new Impossible("it has no guest that could be suspended");
  }

  /**
   * Reset.
   *
   * @param guest whether there is a guest, running or paused
   */
  static PowerPlan reset(boolean guest, Instant now) {
    String time = time(now).toString();
    return guest
        ? Change.of(RESET_REQUESTED_AT, time, "spec.resetRequestedAt: " + time)
        : new Impossible("it has no guest that could be reset: start it instead");
  }

  /**
   * Freeze.
   *
   * @param runs whether the guest runs
   * @param unfreezeAfter as the API writes durations
   */
  static PowerPlan freeze(boolean runs, Instant now, String unfreezeAfter) {
    String time = time(now).toString();
    return runs
        ? Change.of(
            FILESYSTEM_FREEZE,
            Map.of("requestedAt", time, "unfreezeAfter", unfreezeAfter),
            "spec.filesystemFreeze: " + time + ", unfreezeAfter: " + unfreezeAfter)
        : new Impossible("no guest runs that could freeze its file systems");
  }

  /** Unfreeze. */
  static PowerPlan unfreeze(boolean asked) {
    return asked
        ? new Change(
            Collections.singletonMap(FILESYSTEM_FREEZE, null), "spec.filesystemFreeze: removed")
        : new Nothing("there is no spec.filesystemFreeze");
  }

  /** The time that a request made now carries. */
  static Instant time(Instant now) {
    return now.truncatedTo(ChronoUnit.SECONDS);
  }

  private static Change strategyTo(String from, String to) {
    return Change.of(RUN_STRATEGY, to, "spec.runStrategy: " + from + " -> " + to);
  }

  private static Change restartAt(Instant now) {
    String time = time(now).toString();
    return Change.of(RESTART_REQUESTED_AT, time, "spec.restartRequestedAt: " + time);
  }
}
