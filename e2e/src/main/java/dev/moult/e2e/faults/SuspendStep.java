package dev.moult.e2e.faults;

import dev.moult.linux.stop.StopPoint;
import java.util.List;
import java.util.stream.Stream;

/** The steps at which a fault may strike while a guest is put aside and taken up again. */
enum SuspendStep {
  SAVING("saving", StopPoint.AGENT_SAVING),
  STATE_WRITTEN("state written", StopPoint.AGENT_STATE_WRITTEN),
  SAVED("saved, A alive", StopPoint.AGENT_SAVED),
  LOADING("loading", StopPoint.AGENT_LOADING),
  LOADED("loaded, not used up", StopPoint.AGENT_LOADED),
  CONSUMED("used up, cont unknown", StopPoint.AGENT_CONSUMED);

  private final String title;
  private final StopPoint point;

  SuspendStep(String title, StopPoint point) {
    this.title = title;
    this.point = point;
  }

  int number() {
    return ordinal() + 1;
  }

  StopPoint point() {
    return point;
  }

  /** Whether the guest is being put aside; else it is being taken up. */
  boolean aside() {
    return compareTo(SAVED) <= 0;
  }

  static SuspendStep of(int number) {
    return values()[number - 1];
  }

  static List<String> titles() {
    return Stream.of(values()).map(step -> step.title).toList();
  }
}
