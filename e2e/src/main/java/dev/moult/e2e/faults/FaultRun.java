package dev.moult.e2e.faults;

import dev.moult.e2e.faults.FaultTable.Cell;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Runs of the table for those outside of this package. */
public final class FaultRun {
  private static final int LANES = 5;

  private FaultRun() {}

  /**
   * Runs the short form of the table once.
   *
   * @param client of the development cluster, where Moult is installed
   * @param checkout where the repository is
   * @param out a line for each run, and the table
   * @return the lines of the runs that were not as the table says; empty when all were
   */
  public static List<String> shortForm(KubernetesClient client, Path checkout, PrintStream out)
      throws IOException, InterruptedException {
    List<Cell> cells = FaultTable.CELLS.stream().filter(FaultTable.SHORT).toList();
    long began = System.nanoTime();
    var ledger = new Ledger(out, Step.titles());
    var guest = new ExampleGuest(checkout);
    try (var harness = new Harness(client, checkout, guest, LANES, ledger)) {
      harness.run(cells);
    }
    ledger.print(Duration.ofNanos(System.nanoTime() - began));
    return ledger.outcomes().stream().filter(run -> !run.ok()).map(Outcome::line).toList();
  }
}
