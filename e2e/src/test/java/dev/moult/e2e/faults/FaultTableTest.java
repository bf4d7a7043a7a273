package dev.moult.e2e.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.e2e.faults.FaultTable.Cell;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Which cells of the table are run with whom. */
final class FaultTableTest {

  @Test
  void aGuestThatBootsForAMinuteLivesThroughAllThatItIsRunWith() {
    assertThat(cells(FaultTable.WORST)).allMatch(FaultTableTest::isOutlived);
  }

  @Test
  void itIsRunWithEachFaultThatAGuestOutlives() {
    assertThat(faults(cells(FaultTable.WORST)))
        .isEqualTo(faults(cells(FaultTableTest::isOutlived)));
  }

  @Test
  void whatIsNamedIsRunWithWhateverGuest() {
    var options =
        Faults.Options.of(
            List.of(
                "table", "--guest", "debian", "--faults", "vm_deleted,a_killed", "--steps", "1"));

    assertThat(options.guests()).singleElement().isInstanceOf(DebianGuest.class);
    assertThat(options.cells(options.guests().getFirst()))
        .extracting(cell -> cell.fault() + " " + cell.number())
        .containsExactly("A_KILLED 1", "VM_DELETED 1");
  }

  @Test
  void eachGuestIsRunWithItsOwnCellsWhenNoneAreNamed() {
    var options = Faults.Options.of(List.of("table", "--guest", "example,debian"));

    assertThat(options.guests())
        .extracting(options::cells)
        .containsExactly(FaultTable.CELLS, cells(FaultTable.WORST));
  }

  @Test
  void suspendAndResumeAreATableOfTheirOwn() {
    var options = Faults.Options.of(List.of("suspends", "--faults", "a_killed,b_killed"));

    assertThat(options.cells(options.guests().getFirst()))
        .extracting(cell -> cell.fault() + " " + cell.number())
        .containsExactly(
            "A_KILLED 1", "A_KILLED 2", "A_KILLED 3", "B_KILLED 4", "B_KILLED 5", "B_KILLED 6");
  }

  private static boolean isOutlived(Cell cell) {
    return cell.expected().stream().allMatch(one -> one.guest() == Expected.Guest.SAME);
  }

  private static List<Cell> cells(Predicate<? super Cell> wanted) {
    return FaultTable.CELLS.stream().filter(wanted).toList();
  }

  private static Set<Fault> faults(List<Cell> cells) {
    return cells.stream()
        .map(Cell::fault)
        .collect(Collectors.toCollection(() -> EnumSet.noneOf(Fault.class)));
  }
}
