package dev.moult.bench;

import dev.moult.api.v1alpha1.StepName;
import dev.moult.bench.figures.FigureTable;
import dev.moult.bench.figures.Samples;
import dev.moult.bench.product.Installation;
import dev.moult.bench.product.ProductGuest;
import dev.moult.bench.product.Update;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/** The figures that Moult promises, held against what was seen. */
final class Figures {
  private static final long MIB = 1 << 20;
  private static final int PAUSE_OVER_BARE = 1_500;
  private static final int STOP_OVER_BARE = 2_000;
  private static final int FREEZE = 2_000;
  private static final int RESUMED = 2_500_000;
  private static final int CRASHED = 2_000_000;
  private static final int COMPLETED = 3_000_000;
  private static final int STARTED = 3_000_000;
  private static final long AGENT = 260 * MIB;
  private static final long OPERATOR = 250 * MIB;
  private static final int PINGS = 5;
  private static final double PAUSE_OF_MANY_DISKS = 1.3;
  private static final long BESIDE_QEMU = 4 * MIB;

  /** What the node's other processes may add meanwhile; a copied guest would add all its RAM. */
  private static final long SHMEM = 16 * MIB;

  private final FigureTable table = new FigureTable();

  /** The table with all rows. */
  FigureTable table() {
    return table;
  }

  /** What is promised of each size of RAM. */
  void series(Series series, int wanted) {
    var of = ", " + series.memory();
    var updates = series.product();
    pause(series, of);
    if (series.failures().isEmpty() && updates.size() == wanted) {
      table.seen("live updates completed" + of, "all", wanted + " of " + wanted, true);
    } else {
      table.missing(
          "live updates completed" + of,
          "all",
          "%d of %d; %s".formatted(updates.size(), wanted, series.failures()));
    }
    if (updates.isEmpty()) {
      return;
    }
    var completed = Samples.of(updates.stream().mapToLong(Update::applyToCompletedMicros));
    table.seen(
        "apply LiveUpdate to Completed" + of,
        "<= 3 s",
        "median %s, p95 %s"
            .formatted(
                Samples.format(completed.median()), Samples.format(completed.percentile(95))),
        completed.percentile(95) <= COMPLETED);
    int lost = updates.stream().mapToInt(update -> update.ping().lost()).max().orElseThrow();
    table.seen("UDP ping each 2 ms lost" + of, "<= 5", "most: " + lost, lost <= PINGS);
    every("TCP connections unbroken" + of, updates, Update::connectionsAlive);
    every("RAM: the same memory file" + of, updates, Update::sameRam);
    long growth = updates.stream().mapToLong(Update::shmemGrowthBytes).max().orElseThrow();
    table.seen(
        "RAM: the node's Shmem grew by" + of, "< 16 MiB", "most: " + mib(growth), growth < SHMEM);
    every("guest: same boot, memory verified" + of, updates, Update::guestWhole);
    freeze(updates, of);
    freshAgent(series, of);
  }

  private void pause(Series series, String of) {
    var what = "pause, product over bare" + of;
    var figure = "<= 1.5 ms";
    var bare = SeriesReport.barePause(series);
    var product = SeriesReport.productPause(series);
    if (bare.isEmpty() || product.isEmpty()) {
      table.missing(what, figure, "no live update completed");
      return;
    }
    double over = product.median() - bare.median();
    table.seen(
        what,
        figure,
        "%s (medians %s, %s)"
            .formatted(
                Samples.format(over),
                Samples.format(product.median()),
                Samples.format(bare.median())),
        over <= PAUSE_OVER_BARE);
  }

  /** Single pauses scatter: a first one counts as slower when it leaves the range of the others. */
  private void freshAgent(Series series, String of) {
    var firsts = series.firsts();
    var lasts = series.lasts();
    if (firsts.isEmpty() || lasts.isEmpty()) {
      return; // told by the updates that did not complete
    }
    var others = series.product().stream().filter(update -> !firsts.contains(update)).toList();
    var first = Samples.of(firsts.stream().mapToLong(Update::pauseMicros));
    var last = Samples.of(lasts.stream().mapToLong(Update::pauseMicros));
    var range = Samples.of(others.stream().mapToLong(Update::pauseMicros));
    table.seen(
        "fresh agent: pause of update 1, %d%s".formatted(series.lastPlace(), of),
        "within p95 of the others",
        "%s, %s (p95 %s)"
            .formatted(
                Samples.format(first.median()),
                Samples.format(last.median()),
                range.isEmpty() ? "-" : Samples.format(range.percentile(95))),
        first.median() <= last.median()
            || (!range.isEmpty() && first.median() <= range.percentile(95)));
    table.told(
        "fresh agent: preflight to verdict of update 1, %d%s".formatted(series.lastPlace(), of),
        "%s, %s".formatted(conducting(firsts), conducting(lasts)));
  }

  private static String conducting(List<Update> updates) {
    var span =
        SeriesReport.between(
            updates.stream().map(Update::steps),
            StepName.PREFLIGHT_PASSED,
            StepName.VERDICT_WRITTEN);
    return span.isEmpty() ? "-" : Samples.format(span.median());
  }

  private void every(String what, List<Update> updates, Predicate<Update> holds) {
    long good = updates.stream().filter(holds).count();
    table.seen(what, "always", good + " of " + updates.size(), good == updates.size());
  }

  /** From applying a VirtualMachine until its QEMU ran. */
  void starts(String memory, List<Duration> starts) {
    var samples = Samples.of(starts.stream().mapToLong(start -> start.toNanos() / 1_000));
    var what = "apply VirtualMachine to QEMU running, " + memory;
    if (samples.isEmpty()) {
      table.missing(what, "<= 3 s", "none started");
      return;
    }
    table.seen(
        what,
        "<= 3 s",
        "median %s, slowest %s of %d"
            .formatted(
                Samples.format(samples.median()), Samples.format(samples.max()), samples.count()),
        samples.max() <= STARTED);
  }

  /** What is promised of a guest that is put aside, and of one whose QEMU crashes. */
  void rests(RestSeries series) {
    var of = ", " + series.memory();
    if (series.productStop().isEmpty()) {
      table.missing("suspend: the guest's stop, product over bare" + of, "<= 2 ms", "none done");
      return;
    }
    double over = series.productStop().median() - series.bareStop().median();
    table.seen(
        "suspend: the guest's stop, product over bare" + of,
        "<= 2 ms",
        "%s (medians %s, %s)"
            .formatted(
                Samples.format(over),
                Samples.format(series.productStop().median()),
                Samples.format(series.bareStop().median())),
        over <= STOP_OVER_BARE);
    table.seen(
        "resume: power Running to a TCP connection answered" + of,
        "<= 2.5 s",
        "median %s, most %s (bare, launch to RESUME: %s)"
            .formatted(
                Samples.format(series.productResume().median()),
                Samples.format(series.productResume().max()),
                Samples.format(series.bareResume().median())),
        series.productResume().max() <= RESUMED);
    table.seen(
        "suspend and resume: TCP connections unbroken" + of,
        "always",
        series.whole() ? "all" : "not all",
        series.whole());
    if (series.crashMicros() < 0) {
      table.missing("QEMU killed to the next one's vCPUs" + of, "<= 2 s", "not done");
    } else {
      table.seen(
          "QEMU killed to the next one's vCPUs" + of,
          "<= 2 s",
          Samples.format(series.crashMicros()),
          series.crashMicros() <= CRASHED);
    }
  }

  /** What the old QEMU's freeze adds to the pause. */
  private void freeze(List<Update> updates, String of) {
    var freeze =
        SeriesReport.between(
            updates.stream().map(Update::steps), StepName.STATE_SENT, StepName.OLD_VMM_FROZEN);
    if (freeze.isEmpty()) {
      table.missing("pause: the old QEMU's freeze" + of, "<= 2 ms", "no update told of it");
      return;
    }
    table.seen(
        "pause: the old QEMU's freeze" + of,
        "<= 2 ms",
        "median %s, p95 %s"
            .formatted(Samples.format(freeze.median()), Samples.format(freeze.percentile(95))),
        freeze.median() <= FREEZE);
  }

  /** What disks add to the pause. */
  void disks(DiskSeries series) {
    double one = series.one().median();
    double many = series.many().median();
    table.seen(
        "pause, %d disks on scsi over 1".formatted(DiskSeries.MANY),
        "<= 1.3",
        String.format(
            Locale.ROOT,
            "%.2f (medians %s, %s)",
            many / one,
            Samples.format(many),
            Samples.format(one)),
        many / one <= PAUSE_OF_MANY_DISKS);
  }

  /** What a machine costs beside its QEMU. */
  void besideQemu(ProductGuest.BesideQemu machine) {
    table.seen(
        "memory of a machine beside QEMU: sandboxes and anchor's program",
        "<= 4 MiB",
        mib(machine.inPods()),
        machine.inPods() <= BESIDE_QEMU);
    table.told("memory of a machine: the container runtime's shims", mib(machine.shims()));
  }

  /** What Moult's own pods hold, after all updates. */
  void resident(Installation.Resident resident) {
    table.seen(
        "resident memory: agent and broker",
        "<= 260 MiB",
        mib(resident.agent()),
        resident.agent() <= AGENT);
    table.seen(
        "resident memory: operator",
        "<= 250 MiB",
        mib(resident.operator()),
        resident.operator() <= OPERATOR);
  }

  /** Something as a whole could not be measured. */
  void missing(String what, Throwable why) {
    table.missing(what, "-", String.valueOf(why.getMessage()));
  }

  private static String mib(long bytes) {
    return String.format(Locale.ROOT, "%.1f MiB", (double) bytes / MIB);
  }
}
