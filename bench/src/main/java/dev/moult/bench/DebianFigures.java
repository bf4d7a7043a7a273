package dev.moult.bench;

import dev.moult.bench.DebianSeries.Side;
import dev.moult.bench.figures.FigureTable;
import dev.moult.bench.figures.Samples;
import java.util.Locale;

/** What Moult promises of a machine that people would run, held against what was seen. */
final class DebianFigures {
  private static final int PAUSE_OVER_BARE = 2_000;
  private static final int BACK = 1_000_000;
  private static final double OF_BARE = 0.97;
  private static final int START = 4_000_000;

  private final DebianSeries series;
  private final FigureTable table;

  DebianFigures(DebianSeries series, FigureTable table) {
    this.series = series;
    this.table = table;
  }

  /** Adds what was measured. */
  void add(int handoffs) {
    start();
    completed(handoffs);
    pause();
    writes();
    back();
    DebianSeries.quantities().forEach(this::ratio);
  }

  private DebianSeries.Seen bare() {
    return series.of(Side.BARE);
  }

  private DebianSeries.Seen product() {
    return series.of(Side.PRODUCT);
  }

  private void start() {
    var what = "Debian: apply to ssh, beyond the guest's own boot";
    if (bare().boots().isEmpty() || product().boots().isEmpty()) {
      table.missing(what, "<= 4 s", "not all were started");
      return;
    }
    double beyond = product().boots().median() - bare().boots().median();
    table.seen(
        what,
        "<= 4 s",
        "%s (%s; bare %s)"
            .formatted(Samples.format(beyond), spread(product().boots()), spread(bare().boots())),
        beyond <= START);
  }

  private void completed(int wanted) {
    var what = "Debian: live updates completed, under writes and a stream";
    int done = product().handoffs().size();
    if (product().failures().isEmpty() && done == wanted) {
      table.seen(what, "all", wanted + " of " + wanted, true);
    } else {
      table.missing(what, "all", "%d of %d; %s".formatted(done, wanted, product().failures()));
    }
  }

  private void pause() {
    var what = "Debian: pause, product over bare";
    if (bare().pauses().isEmpty() || product().pauses().isEmpty()) {
      table.missing(what, "<= 2 ms", "no handoff completed");
      return;
    }
    double over = product().pauses().median() - bare().pauses().median();
    table.seen(
        what,
        "<= 2 ms",
        "%s (%s; bare %s)"
            .formatted(Samples.format(over), spread(product().pauses()), spread(bare().pauses())),
        over <= PAUSE_OVER_BARE);
  }

  private void writes() {
    var written = product().written();
    var what = "Debian: errors of I/O, bad blocks";
    if (written.checked() == 0) {
      table.missing(what, "0, 0", "nothing was read back");
      return;
    }
    table.seen(
        what,
        "0, 0",
        "%s; bare %s".formatted(written, bare().written()),
        written.errors() == 0 && written.bad() == 0);
  }

  private void back() {
    var what = "Debian: TCP throughput back at 90 % after STOP";
    if (product().handoffs().isEmpty()) {
      table.missing(what, "<= 1 s", "no handoff completed");
      return;
    }
    table.seen(
        what,
        "<= 1 s",
        "%s; bare %s".formatted(back(product()), back(bare())),
        product().handoffs().stream()
            .allMatch(handoff -> handoff.backMicros().orElse(Long.MAX_VALUE) <= BACK));
  }

  private static String back(DebianSeries.Seen side) {
    long never = side.handoffs().stream().filter(each -> each.backMicros().isEmpty()).count();
    var backs =
        Samples.of(side.handoffs().stream().flatMapToLong(each -> each.backMicros().stream()));
    return (backs.isEmpty() ? "-" : spread(backs))
        + (never == 0 ? "" : ", %d not within %s".formatted(never, DebianSeries.AFTER));
  }

  private void ratio(String quantity) {
    var what = "Debian, " + quantity + ": product by bare";
    var ofBare = bare().rates(quantity);
    var ofProduct = product().rates(quantity);
    if (ofBare.isEmpty() || ofProduct.isEmpty()) {
      table.missing(what, ">= 0.97", "not measured on both");
      return;
    }
    boolean time = quantity.equals(DebianSeries.ROUND_TRIP);
    double ratio =
        time ? ofBare.median() / ofProduct.median() : ofProduct.median() / ofBare.median();
    table.seen(
        time ? "Debian, " + quantity + ": bare by product" : what,
        ">= 0.97",
        String.format(
            Locale.ROOT,
            "%.3f (%s; bare %s)",
            ratio,
            time ? nanos(ofProduct) : rate(ofProduct),
            time ? nanos(ofBare) : rate(ofBare)),
        ratio >= OF_BARE);
  }

  private static String spread(Samples samples) {
    return "median %s, %s to %s of %d"
        .formatted(
            Samples.format(samples.median()),
            Samples.format(samples.min()),
            Samples.format(samples.max()),
            samples.count());
  }

  private static String rate(Samples samples) {
    return scaled(samples, 1e6, "MB/s");
  }

  private static String nanos(Samples samples) {
    return scaled(samples, 1e3, "us");
  }

  private static String scaled(Samples samples, double unit, String name) {
    return String.format(
        Locale.ROOT,
        "%.1f %s, middle half %.1f to %.1f of %d",
        samples.median() / unit,
        name,
        samples.percentile(25) / unit,
        samples.percentile(75) / unit,
        samples.count());
  }
}
