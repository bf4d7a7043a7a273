package dev.moult.e2e.faults;

import static dev.moult.api.v1alpha1.LiveUpdatePhase.COMPLETED;
import static dev.moult.api.v1alpha1.LiveUpdatePhase.FAILED;
import static dev.moult.api.v1alpha1.LiveUpdatePhase.ROLLED_BACK;
import static dev.moult.e2e.faults.Expected.Guest.GONE;
import static dev.moult.e2e.faults.Expected.Guest.NEW_RUN;
import static dev.moult.e2e.faults.Expected.Guest.REBOOTED;
import static dev.moult.e2e.faults.Expected.Guest.SAME;
import static dev.moult.e2e.faults.Expected.Vmm.ANOTHER;
import static dev.moult.e2e.faults.Expected.Vmm.NEW;
import static dev.moult.e2e.faults.Expected.Vmm.OLD;
import static dev.moult.e2e.faults.Fault.AGENT_FROZEN;
import static dev.moult.e2e.faults.Fault.AGENT_KILLED;
import static dev.moult.e2e.faults.Fault.AGENT_POD_DELETED;
import static dev.moult.e2e.faults.Fault.AGENT_TERMINATED;
import static dev.moult.e2e.faults.Fault.ANCHOR_KILLED;
import static dev.moult.e2e.faults.Fault.API_SERVER_STOPPED;
import static dev.moult.e2e.faults.Fault.A_FROZEN;
import static dev.moult.e2e.faults.Fault.A_KILLED;
import static dev.moult.e2e.faults.Fault.BROKER_FROZEN;
import static dev.moult.e2e.faults.Fault.BROKER_HUNG;
import static dev.moult.e2e.faults.Fault.BROKER_KILLED;
import static dev.moult.e2e.faults.Fault.B_FROZEN;
import static dev.moult.e2e.faults.Fault.B_KILLED;
import static dev.moult.e2e.faults.Fault.CLOCK_AHEAD;
import static dev.moult.e2e.faults.Fault.CLOCK_BACK;
import static dev.moult.e2e.faults.Fault.CONTAINERD_STOPPED;
import static dev.moult.e2e.faults.Fault.GUEST_POWERS_OFF;
import static dev.moult.e2e.faults.Fault.GUEST_RESETS;
import static dev.moult.e2e.faults.Fault.KUBELET_STOPPED;
import static dev.moult.e2e.faults.Fault.NODE_CUT_OFF;
import static dev.moult.e2e.faults.Fault.NODE_REBOOTS;
import static dev.moult.e2e.faults.Fault.OPERATOR_KILLED;
import static dev.moult.e2e.faults.Fault.OPERATOR_STALE;
import static dev.moult.e2e.faults.Fault.POD_A_DELETED;
import static dev.moult.e2e.faults.Fault.POD_B_DELETED;
import static dev.moult.e2e.faults.Fault.RUN_FULL;
import static dev.moult.e2e.faults.Fault.TWO_OPERATORS;
import static dev.moult.e2e.faults.Fault.UPDATE_DELETED;
import static dev.moult.e2e.faults.Fault.VM_DELETED;

import dev.moult.api.v1alpha1.LiveUpdatePhase;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** The table: fault × step → what must be true. It is the specification; the runs follow it. */
final class FaultTable {

  /**
   * One cell.
   *
   * @param fault what strikes
   * @param step when
   * @param expected what must have become of it: one of these, as the update's end says which
   */
  record Cell(Fault fault, Step step, List<Expected> expected) implements Trial {
    Cell {
      expected = List.copyOf(expected);
    }

    @Override
    public int number() {
      return step.number();
    }

    @Override
    public Held hold(Lane lane, Qemus qemus) throws IOException, InterruptedException {
      return HeldUpdate.at(lane, this, qemus);
    }
  }

  private static final Expected ROLLS_BACK = expect(SAME, OLD, ROLLED_BACK);
  private static final Expected COMPLETES = expect(SAME, NEW, COMPLETED);
  private static final Expected LOST = expect(NEW_RUN, ANOTHER, FAILED);

  static final List<Cell> CELLS =
      new Rows()
          .row(AGENT_KILLED, 1, 3, ROLLS_BACK)
          .row(AGENT_KILLED, 4, 8, COMPLETES)
          .row(AGENT_KILLED, 9, 9, COMPLETES)
          .row(AGENT_TERMINATED, 1, 3, ROLLS_BACK)
          .row(AGENT_TERMINATED, 4, 8, COMPLETES)
          .row(AGENT_POD_DELETED, 1, 3, ROLLS_BACK)
          .row(AGENT_POD_DELETED, 4, 8, COMPLETES)
          .row(AGENT_FROZEN, 1, 3, ROLLS_BACK)
          .row(AGENT_FROZEN, 4, 8, COMPLETES)
          .row(AGENT_FROZEN, 9, 9, COMPLETES)
          .row(BROKER_KILLED, 1, 8, COMPLETES)
          .row(BROKER_KILLED, 9, 9, COMPLETES)
          .row(BROKER_FROZEN, 1, 8, COMPLETES)
          // What is asked of it is not waited for as long as its probe takes.
          .row(BROKER_HUNG, 1, 3, COMPLETES, ROLLS_BACK)
          .row(BROKER_HUNG, 4, 8, COMPLETES)
          .row(OPERATOR_KILLED, 1, 8, COMPLETES)
          .row(OPERATOR_STALE, 1, 8, COMPLETES)
          .row(TWO_OPERATORS, 1, 8, COMPLETES)
          .row(API_SERVER_STOPPED, 1, 8, COMPLETES)
          .row(KUBELET_STOPPED, 1, 8, COMPLETES)
          .row(CONTAINERD_STOPPED, 1, 8, COMPLETES)
          .row(CLOCK_AHEAD, 1, 8, COMPLETES)
          .row(CLOCK_BACK, 1, 8, COMPLETES)
          // What it may need there is allocated when it begins; without room for that it does not.
          .row(RUN_FULL, 1, 3, COMPLETES, ROLLS_BACK)
          .row(RUN_FULL, 4, 8, COMPLETES)
          .row(A_KILLED, 1, 3, LOST)
          // A small machine's state fits into the socket: then B has all of it although A is dead.
          .row(A_KILLED, 4, 4, LOST, COMPLETES)
          .row(A_KILLED, 5, 8, COMPLETES)
          .row(A_KILLED, 9, 9, COMPLETES)
          .row(B_KILLED, 1, 5, ROLLS_BACK)
          .row(B_KILLED, 6, 6, LOST)
          .row(B_KILLED, 7, 8, expect(NEW_RUN, ANOTHER, COMPLETED, FAILED))
          .row(B_KILLED, 9, 9, ROLLS_BACK)
          .row(B_FROZEN, 1, 5, ROLLS_BACK)
          .row(B_FROZEN, 6, 6, LOST)
          .row(B_FROZEN, 7, 8, COMPLETES)
          .row(B_FROZEN, 9, 9, ROLLS_BACK)
          .row(A_FROZEN, 1, 4, ROLLS_BACK)
          .row(A_FROZEN, 5, 7, COMPLETES)
          .row(A_FROZEN, 9, 9, COMPLETES)
          .row(ANCHOR_KILLED, 1, 1, ROLLS_BACK)
          .row(ANCHOR_KILLED, 2, 8, COMPLETES)
          .row(UPDATE_DELETED, 1, 3, expect(SAME, OLD))
          .row(UPDATE_DELETED, 4, 8, expect(SAME, NEW))
          .row(VM_DELETED, 1, 8, expect(GONE, ANOTHER))
          .row(POD_A_DELETED, 1, 3, expect(NEW_RUN, ANOTHER, ROLLED_BACK))
          .row(POD_A_DELETED, 4, 8, COMPLETES)
          .row(POD_B_DELETED, 1, 3, ROLLS_BACK)
          .row(POD_B_DELETED, 4, 8, expect(NEW_RUN, ANOTHER, COMPLETED))
          .row(GUEST_POWERS_OFF, 1, 3, expect(NEW_RUN, ANOTHER, ROLLED_BACK))
          .row(GUEST_RESETS, 1, 3, expect(REBOOTED, NEW, COMPLETED))
          .row(NODE_REBOOTS, 1, 8, expect(NEW_RUN, ANOTHER, FAILED, ROLLED_BACK))
          .row(NODE_CUT_OFF, 1, 8, expect(NEW_RUN, ANOTHER, COMPLETED, ROLLED_BACK, FAILED))
          .cells();

  /** The cells of the short form: each kind of verdict, and each kind of successor. */
  static final Predicate<Trial> SHORT =
      cell -> {
        int step = cell.number();
        return switch (cell.fault()) {
          case AGENT_KILLED -> step <= 7 || step == 9;
          case BROKER_KILLED, A_KILLED -> step == 5;
          case B_KILLED -> step == 3 || step == 5;
          default -> false;
        };
      };

  /**
   * The cells of a guest that takes a minute and more to boot, so that one has to live through them
   * all: of each fault that a guest outlives, the steps at which the most hangs on what follows.
   * Those of the node strike two at a time.
   */
  static final Predicate<Trial> WORST =
      cell -> {
        int step = cell.number();
        return switch (cell.fault()) {
          case AGENT_KILLED -> step >= 3 && step <= 6 || step == 9;
          case AGENT_TERMINATED, AGENT_FROZEN -> step == 4 || step == 5;
          case BROKER_KILLED, BROKER_FROZEN, BROKER_HUNG -> step == 5 || step == 7;
          case OPERATOR_KILLED, OPERATOR_STALE, TWO_OPERATORS -> step == 5 || step == 8;
          case KUBELET_STOPPED, CONTAINERD_STOPPED -> step == 4 || step == 8;
          case AGENT_POD_DELETED, API_SERVER_STOPPED, CLOCK_AHEAD, CLOCK_BACK, RUN_FULL ->
              step == 4 || step == 6;
          case A_KILLED -> step == 5 || step == 6;
          case B_KILLED, B_FROZEN, A_FROZEN -> step == 4 || step == 5;
          case ANCHOR_KILLED -> step == 2 || step == 5;
          case UPDATE_DELETED, POD_A_DELETED -> step == 4;
          case POD_B_DELETED -> step == 3;
          case VM_DELETED, GUEST_POWERS_OFF, GUEST_RESETS, NODE_REBOOTS, NODE_CUT_OFF -> false;
        };
      };

  private FaultTable() {}

  private static Expected expect(
      Expected.Guest guest, Expected.Vmm vmm, LiveUpdatePhase... phases) {
    return new Expected(Set.of(phases), guest, vmm);
  }

  private static final class Rows {
    private final List<Cell> cells = new ArrayList<>();

    Rows row(Fault fault, int from, int to, Expected... expected) {
      for (int number = from; number <= to; number++) {
        cells.add(new Cell(fault, Step.of(number), List.of(expected)));
      }
      return this;
    }

    List<Cell> cells() {
      return List.copyOf(cells);
    }
  }
}
