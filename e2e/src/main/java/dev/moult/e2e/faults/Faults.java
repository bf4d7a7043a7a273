package dev.moult.e2e.faults;

import dev.moult.e2e.faults.FaultTable.Cell;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * {@code make faults} and {@code make faults-soak}. Exits with 1 if anything was not as the table
 * says.
 *
 * <pre>
 *   table [--repeat N] [--lanes N] [--faults AGENT_KILLED,…] [--steps 3,5]
 *   soak --runs N [--seed S] [--lanes N]
 * </pre>
 */
public final class Faults {
  private Faults() {}

  /** Runs what the arguments say. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    var options = Options.of(List.of(arguments));
    long began = System.nanoTime();
    var ledger = new Ledger(System.out);
    try (var client = new KubernetesClientBuilder().build();
        var harness = new Harness(client, Path.of("."), options.lanes(), ledger)) {
      if (options.soak()) {
        new Soak(harness, options.seed()).run(options.runs());
      } else {
        for (int i = 0; i < options.repeat(); i++) {
          harness.run(options.cells());
        }
      }
      // Before all is put back: that takes a while, and may fail.
      ledger.print(Duration.ofNanos(System.nanoTime() - began));
    }
    System.exit(ledger.allAsExpected() ? 0 : 1);
  }

  /**
   * What the command line says.
   *
   * @param soak random faults instead of the table
   * @param repeat how often the table is run
   * @param lanes virtual machines at once
   * @param runs faults of a soak
   * @param seed of a soak's randomness
   * @param cells which cells of the table
   */
  private record Options(
      boolean soak, int repeat, int lanes, int runs, long seed, List<Cell> cells) {

    static Options of(List<String> arguments) {
      boolean soak = false;
      int repeat = 1;
      int lanes = 4;
      int runs = 20;
      long seed = System.nanoTime();
      List<Cell> cells = new ArrayList<>(FaultTable.CELLS);
      for (int i = 0; i < arguments.size(); i++) {
        String word = arguments.get(i);
        switch (word) {
          case "table" -> {}
          case "soak" -> soak = true;
          case "--repeat" -> repeat = Integer.parseInt(arguments.get(++i));
          case "--lanes" -> lanes = Integer.parseInt(arguments.get(++i));
          case "--runs" -> runs = Integer.parseInt(arguments.get(++i));
          case "--seed" -> seed = Long.parseLong(arguments.get(++i));
          case "--short" -> cells.removeIf(FaultTable.SHORT.negate());
          case "--faults" -> {
            var wanted = List.of(arguments.get(++i).toUpperCase(Locale.ROOT).split(",", -1));
            cells.removeIf(cell -> !wanted.contains(cell.fault().name()));
          }
          case "--steps" -> {
            var wanted = List.of(arguments.get(++i).split(",", -1));
            cells.removeIf(cell -> !wanted.contains(Integer.toString(cell.step().number())));
          }
          default -> throw new IllegalArgumentException("what is " + word + "?");
        }
      }
      return new Options(soak, repeat, lanes, runs, seed, List.copyOf(cells));
    }
  }
}
