package dev.moult.cli.update;

import dev.moult.api.v1alpha1.Blocker;
import dev.moult.cli.output.Printable;

/** What stands in the way of an update, for people. */
final class Blockers {
  private Blockers() {}

  /** One of them, on one line. */
  static String line(Blocker blocker) {
    return Printable.of(blocker.reason())
        + (blocker.message() == null ? "" : ": " + Printable.of(blocker.message()));
  }
}
