package dev.moult.bench;

import dev.moult.bench.bare.BareGuest;
import dev.moult.bench.figures.Samples;
import dev.moult.bench.product.Installation;
import dev.moult.bench.product.ProductGuest;
import dev.moult.bench.product.Update;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All handoffs at one size of RAM: a bare one and a product's in turn, so that whatever else the
 * machine does weighs on both alike. The agent is restarted before each tenth update.
 */
final class Series {
  /** Updates from one restart of the agent to the next. */
  static final int BLOCK = 10;

  /** So many failed updates in a row end the series: the rest would tell the same. */
  private static final int MOST_FAILURES = 3;

  private final String memory;
  private final PrintStream out;
  private final List<BareGuest.Handoff> bare = new ArrayList<>();
  private final List<@Nullable Update> product = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();

  Series(String memory, PrintStream out) {
    this.memory = memory;
    this.out = out;
  }

  /** Runs bare handoffs alone. */
  void run(BareGuest guest, int count) throws Exception {
    for (int i = 0; i < count; i++) {
      out.printf("  %2d/%d  bare %s%n", i + 1, count, bare(guest));
    }
    guest.verify();
  }

  /** Runs both in turn. */
  void run(BareGuest twin, ProductGuest guest, Installation moult, int count) throws Exception {
    int inARow = 0;
    for (int i = 0; i < count && inARow < MOST_FAILURES; i++) {
      var plain = bare(twin);
      if (i % BLOCK == 0) {
        moult.restartAgent();
        guest.awaitReady();
      }
      try {
        var update = guest.update();
        product.add(update);
        inARow = 0;
        out.printf("  %2d/%d  bare %s   product %s%n", i + 1, count, plain, describe(update));
      } catch (IOException | RuntimeException | AssertionError e) {
        product.add(null);
        failures.add(String.valueOf(e.getMessage()));
        inARow++;
        out.printf("  %2d/%d  bare %s   product NOT MEASURED: %s%n", i + 1, count, plain, e);
      }
    }
    twin.verify();
  }

  private String bare(BareGuest guest) throws Exception {
    var handoff = guest.handOff();
    bare.add(handoff);
    return "%s (%d of %d pings lost)"
        .formatted(
            Samples.format(handoff.pauseMicros()), handoff.ping().lost(), handoff.ping().sent());
  }

  private static String describe(Update update) {
    return "%s, Completed after %s, %d of %d pings lost, tap mended %d times"
        .formatted(
            Samples.format(update.pauseMicros()),
            Samples.format(update.applyToCompletedMicros()),
            update.ping().lost(),
            update.ping().sent(),
            update.tapRepairs());
  }

  /** RAM of the guests, as a quantity. */
  String memory() {
    return memory;
  }

  List<BareGuest.Handoff> bare() {
    return bare;
  }

  /** The updates that completed. */
  List<Update> product() {
    var completed = new ArrayList<Update>();
    for (var update : product) {
      if (update != null) {
        completed.add(update);
      }
    }
    return completed;
  }

  /** The first update of each fresh agent. */
  List<Update> firsts() {
    return at(0);
  }

  /** The tenth update of each agent; in a shorter run, the last one. */
  List<Update> lasts() {
    return at(lastPlace() - 1);
  }

  /** Which update of an agent {@link #lasts} tells: 10, or less in a shorter run. */
  int lastPlace() {
    return Math.min(BLOCK, product.size());
  }

  private List<Update> at(int placeInBlock) {
    var found = new ArrayList<Update>();
    for (int i = placeInBlock; i >= 0 && i < product.size(); i += BLOCK) {
      var update = product.get(i);
      if (update != null) {
        found.add(update);
      }
    }
    return found;
  }

  /** Why updates were not measured. */
  List<String> failures() {
    return failures;
  }
}
