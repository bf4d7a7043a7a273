package dev.moult.e2e.faults;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.function.Predicate;

/**
 * {@code make faults} and {@code make faults-soak}. Exits with 1 if anything was not as its table
 * says.
 *
 * <pre>
 *   table [--guest example,debian] [--repeat N] [--lanes N] [--faults AGENT_KILLED,…] [--steps 3,5]
 *   suspends [--repeat N] [--lanes N] [--faults AGENT_KILLED,…] [--steps 3,5]
 *   soak --runs N [--guest debian] [--seed S] [--lanes N]
 * </pre>
 */
public final class Faults {
  /** dev/faults runs it there. */
  private static final Path CHECKOUT = Path.of(".");

  private Faults() {}

  /** Runs what the arguments say, with one guest after the other. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    var options = Options.of(List.of(arguments));
    boolean asExpected = true;
    try (var client = new KubernetesClientBuilder().build()) {
      for (Guest guest : options.guests()) {
        asExpected &= run(client, guest, options);
      }
    }
    System.exit(asExpected ? 0 : 1);
  }

  private static boolean run(KubernetesClient client, Guest guest, Options options)
      throws IOException, InterruptedException {
    System.out.printf("%n== %s%n", guest.title());
    long began = System.nanoTime();
    var ledger = new Ledger(System.out, options.what().steps());
    int lanes = options.lanes().orElse(guest.lanes());
    try (var harness = new Harness(client, CHECKOUT, guest, lanes, ledger)) {
      if (options.what() == What.SOAK) {
        new Soak(harness, options.seed()).run(options.runs());
      } else {
        for (int i = 0; i < options.repeat(); i++) {
          harness.run(options.cells(guest));
        }
      }
      // Before all is put back: that takes a while, and may fail.
      ledger.print(Duration.ofNanos(System.nanoTime() - began));
    }
    return ledger.allAsExpected();
  }

  /** What is tried. */
  enum What {
    /** Live updates, cell by cell. */
    TABLE(FaultTable.CELLS, Step.titles()),
    /** Suspend and resume, cell by cell. */
    SUSPENDS(SuspendTable.CELLS, SuspendStep.titles()),
    /** Live updates at random moments. */
    SOAK(List.of(), Step.titles());

    private final List<? extends Trial> cells;
    private final List<String> steps;

    What(List<? extends Trial> cells, List<String> steps) {
      this.cells = cells;
      this.steps = steps;
    }

    List<? extends Trial> cells() {
      return cells;
    }

    /** The titles of the steps of its table. */
    List<String> steps() {
      return steps;
    }
  }

  /**
   * What the command line says.
   *
   * @param what what is tried
   * @param guests who lives through it
   * @param repeat how often the table is run
   * @param lanes virtual machines at once; empty: as many as the guest is run with
   * @param runs faults of a soak
   * @param seed of a soak's randomness
   * @param named which cells of the table, one after the other narrowing it; empty: those that the
   *     guest is run with
   */
  record Options(
      What what,
      List<Guest> guests,
      int repeat,
      OptionalInt lanes,
      int runs,
      long seed,
      List<Predicate<Trial>> named) {

    Options {
      guests = List.copyOf(guests);
      named = List.copyOf(named);
    }

    static Options of(List<String> arguments) {
      var what = What.TABLE;
      int repeat = 1;
      var lanes = OptionalInt.empty();
      int runs = 20;
      long seed = System.nanoTime();
      List<String> guests = List.of("example");
      List<Predicate<Trial>> named = new ArrayList<>();
      for (int i = 0; i < arguments.size(); i++) {
        String word = arguments.get(i);
        switch (word) {
          case "table" -> what = What.TABLE;
          case "suspends" -> what = What.SUSPENDS;
          case "soak" -> what = What.SOAK;
          case "--guest" -> guests = words(arguments.get(++i).toLowerCase(Locale.ROOT));
          case "--repeat" -> repeat = Integer.parseInt(arguments.get(++i));
          case "--lanes" -> lanes = OptionalInt.of(Integer.parseInt(arguments.get(++i)));
          case "--runs" -> runs = Integer.parseInt(arguments.get(++i));
          case "--seed" -> seed = Long.parseLong(arguments.get(++i));
          case "--short" -> named.add(FaultTable.SHORT);
          case "--faults" -> {
            var wanted = words(arguments.get(++i).toUpperCase(Locale.ROOT));
            named.add(cell -> wanted.contains(cell.fault().name()));
          }
          case "--steps" -> {
            var wanted = words(arguments.get(++i));
            named.add(cell -> wanted.contains(Integer.toString(cell.number())));
          }
          default -> throw new IllegalArgumentException("what is " + word + "?");
        }
      }
      return new Options(
          what,
          guests.stream().map(name -> Guest.named(name, CHECKOUT)).toList(),
          repeat,
          lanes,
          runs,
          seed,
          named);
    }

    private static List<String> words(String list) {
      return List.of(list.split(",", -1));
    }

    List<? extends Trial> cells(Guest guest) {
      Predicate<Trial> wanted = named.stream().reduce(Predicate::and).orElse(guest.cells());
      return what.cells().stream().filter(wanted).toList();
    }
  }
}
