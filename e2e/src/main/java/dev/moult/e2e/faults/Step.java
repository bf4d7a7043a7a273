package dev.moult.e2e.faults;

import dev.moult.linux.stop.StopPoint;
import java.util.List;
import java.util.stream.Stream;

/** The steps of a handoff at which a fault may strike, each with the place where it is held. */
enum Step {
  PREFLIGHT(1, "preflight", StopPoint.AGENT_PREFLIGHT_DONE),
  TARGET_WAITS(2, "B waits", StopPoint.AGENT_TARGET_WAITS),
  CPR_SENT(3, "cpr sent, A runs", StopPoint.AGENT_COMPARED),
  /** B is frozen before A may send, so that A stands in the middle of sending. */
  MAIN(4, "main", StopPoint.AGENT_GUEST_STOPPED),
  COMPLETED(5, "completed, no verdict", StopPoint.AGENT_STATE_SENT),
  COMMIT_WRITTEN(6, "COMMIT written, cont unknown", StopPoint.AGENT_COMMITTED),
  TARGET_RUNS(7, "B runs, A alive", StopPoint.AGENT_RESUMED),
  CLEANING(8, "cleaning", StopPoint.AGENT_CLEANING),
  /** Between the 5th and the 6th: it came later, and the others keep their numbers. */
  FROZEN(9, "A frozen, no verdict", StopPoint.AGENT_FROZEN);

  private final int number;
  private final String title;
  private final StopPoint point;

  Step(int number, String title, StopPoint point) {
    this.number = number;
    this.title = title;
    this.point = point;
  }

  int number() {
    return number;
  }

  String title() {
    return title;
  }

  StopPoint point() {
    return point;
  }

  static List<String> titles() {
    return Stream.of(values()).map(Step::title).toList();
  }

  static Step of(int number) {
    return values()[number - 1];
  }
}
