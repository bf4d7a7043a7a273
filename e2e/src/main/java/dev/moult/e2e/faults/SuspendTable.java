package dev.moult.e2e.faults;

import static dev.moult.e2e.faults.Expected.Guest.GONE;
import static dev.moult.e2e.faults.Expected.Guest.NEW_RUN;
import static dev.moult.e2e.faults.Expected.Guest.SAME;
import static dev.moult.e2e.faults.Expected.Vmm.ANOTHER;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The table of suspend and resume: fault × step → what must be true once the guest runs again. It
 * is the specification; the runs follow it.
 */
final class SuspendTable {

  /**
   * One cell.
   *
   * @param fault what strikes
   * @param step when
   * @param guest what must have become of the guest
   */
  record Cell(Fault fault, SuspendStep step, Expected.Guest guest) implements Trial {
    @Override
    public int number() {
      return step.number();
    }

    @Override
    public List<Expected> expected() {
      return List.of(new Expected(Set.of(), guest, ANOTHER));
    }

    @Override
    public Held hold(Lane lane, Qemus qemus) throws IOException, InterruptedException {
      return HeldSuspend.at(lane, this, qemus);
    }
  }

  static final List<Cell> CELLS =
      new Rows()
          .row(Fault.AGENT_KILLED, 1, 6, SAME)
          .row(Fault.AGENT_TERMINATED, 1, 6, SAME)
          .row(Fault.AGENT_POD_DELETED, 1, 6, SAME)
          .row(Fault.BROKER_KILLED, 1, 6, SAME)
          .row(Fault.OPERATOR_KILLED, 1, 6, SAME)
          .row(Fault.API_SERVER_STOPPED, 1, 6, SAME)
          .row(Fault.KUBELET_STOPPED, 1, 6, SAME)
          // A crash: nobody starts a guest to put it aside.
          .row(Fault.A_KILLED, 1, 1, NEW_RUN)
          .row(Fault.A_KILLED, 2, 3, SAME)
          .row(Fault.B_KILLED, 4, 5, SAME)
          .row(Fault.B_KILLED, 6, 6, NEW_RUN)
          .row(Fault.VM_DELETED, 1, 6, GONE)
          .cells();

  private SuspendTable() {}

  private static final class Rows {
    private final List<Cell> cells = new ArrayList<>();

    Rows row(Fault fault, int from, int to, Expected.Guest guest) {
      for (int number = from; number <= to; number++) {
        cells.add(new Cell(fault, SuspendStep.of(number), guest));
      }
      return this;
    }

    List<Cell> cells() {
      return List.copyOf(cells);
    }
  }
}
