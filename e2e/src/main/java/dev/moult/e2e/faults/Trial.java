package dev.moult.e2e.faults;

import java.io.IOException;
import java.util.List;

/** One cell of a table of faults: what strikes, and what is held meanwhile. */
interface Trial {
  /** What strikes. */
  Fault fault();

  /** The number of the step at which it does. */
  int number();

  /** What must have become of it: one of these. */
  List<Expected> expected();

  /** Has what the table is about done on a lane, and waits until it stands at the step. */
  Held hold(Lane lane, Qemus qemus) throws IOException, InterruptedException;
}
