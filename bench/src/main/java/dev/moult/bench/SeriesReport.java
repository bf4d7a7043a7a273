package dev.moult.bench;

import dev.moult.api.v1alpha1.StepName;
import dev.moult.bench.bare.BareGuest;
import dev.moult.bench.figures.Samples;
import dev.moult.bench.product.Update;
import dev.moult.e2e.guest.UdpPing;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** What one size of RAM gave: pause and total of both, and where the product's time goes. */
final class SeriesReport {
  /** The steps that a bare handoff has too, in their order. */
  private static final List<StepName> COMMON =
      List.of(
          StepName.VMM_LAUNCHED,
          StepName.QMP_READY,
          StepName.INCOMING_READY,
          StepName.GUEST_STOPPED,
          StepName.STATE_SENT,
          StepName.GUEST_RESUMED,
          StepName.OLD_VMM_KILLED);

  private final Series series;
  private final PrintStream out;

  SeriesReport(Series series, PrintStream out) {
    this.series = series;
    this.out = out;
  }

  /** Pauses of the bare handoffs. */
  static Samples barePause(Series series) {
    return Samples.of(series.bare().stream().mapToLong(BareGuest.Handoff::pauseMicros));
  }

  /** Pauses of the live updates. */
  static Samples productPause(Series series) {
    return Samples.of(series.product().stream().mapToLong(Update::pauseMicros));
  }

  /** The time from one step to another in those that have both. */
  static Samples between(Stream<Steps> handoffs, StepName from, StepName to) {
    return Samples.of(
        handoffs.map(steps -> steps.between(from, to)).flatMapToLong(span -> span.stream()));
  }

  void print() {
    out.printf(
        "%n%s: %d bare handoffs, %d live updates%n",
        series.memory(), series.bare().size(), series.product().size());
    totals();
    spans();
    timeline();
  }

  private void totals() {
    line("", "median", "p95", "max");
    line("pause, bare", barePause(series));
    line("pause, product", productPause(series));
    difference("pause, product - bare", barePause(series), productPause(series));
    line(
        "of it: the old QEMU is frozen",
        between(product(), StepName.STATE_SENT, StepName.OLD_VMM_FROZEN));
    var bare = between(bare(), StepName.VMM_LAUNCHED, StepName.GUEST_RESUMED);
    var product = between(product(), StepName.VMM_LAUNCHED, StepName.GUEST_RESUMED);
    line("total, bare: migrate to RESUME", bare);
    line("total, product: the same span", product);
    difference("total, product - bare", bare, product);
    line(
        "total, product: preflight to verdict",
        between(product(), StepName.PREFLIGHT_PASSED, StepName.VERDICT_WRITTEN));
    line(
        "apply LiveUpdate to Completed",
        Samples.of(series.product().stream().mapToLong(Update::applyToCompletedMicros)));
    pings();
  }

  /** Of the bare ones some are always lost: nobody mends the tap's header size there. */
  private void pings() {
    out.printf(
        "  most pings lost in one handoff: bare %d",
        most(series.bare().stream().map(BareGuest.Handoff::ping)));
    if (!series.product().isEmpty()) {
      out.printf(", product %d", most(series.product().stream().map(Update::ping)));
    }
    out.println();
  }

  private static int most(Stream<UdpPing.Result> pings) {
    return pings.mapToInt(UdpPing.Result::lost).max().orElse(0);
  }

  private void spans() {
    out.println();
    line("the steps of both, medians", "bare", "product", "own part");
    for (int i = 1; i < COMMON.size(); i++) {
      var from = COMMON.get(i - 1);
      var to = COMMON.get(i);
      var bare = between(bare(), from, to);
      var product = between(product(), from, to);
      line(
          from + " to " + to,
          median(bare),
          median(product),
          bare.isEmpty() || product.isEmpty()
              ? "-"
              : Samples.format(product.median() - bare.median()));
    }
  }

  private void timeline() {
    if (series.product().isEmpty()) {
      return;
    }
    out.println();
    line("the timeline of a live update, medians", "step", "since start", "");
    StepName before = null;
    for (var step : inOrder()) {
      line(
          step.value(),
          before == null ? "-" : median(between(product(), before, step)),
          median(between(product(), StepName.STARTED, step)),
          "");
      before = step;
    }
  }

  /** The steps that were reached, in the order of their median times. */
  private List<StepName> inOrder() {
    return Arrays.stream(StepName.values())
        .filter(step -> !sinceStart(step).isEmpty())
        .sorted(
            (one, other) -> Double.compare(sinceStart(one).median(), sinceStart(other).median()))
        .toList();
  }

  private Samples sinceStart(StepName step) {
    return between(product(), StepName.STARTED, step);
  }

  private Stream<Steps> bare() {
    return series.bare().stream().map(BareGuest.Handoff::steps);
  }

  private Stream<Steps> product() {
    return series.product().stream().map(Update::steps);
  }

  private void difference(String what, Samples bare, Samples product) {
    if (!bare.isEmpty() && !product.isEmpty()) {
      line(
          what,
          Samples.format(product.median() - bare.median()),
          Samples.format(product.percentile(95) - bare.percentile(95)),
          "");
    }
  }

  private void line(String what, Samples samples) {
    if (!samples.isEmpty()) {
      line(
          what,
          Samples.format(samples.median()),
          Samples.format(samples.percentile(95)),
          Samples.format(samples.max()));
    }
  }

  private void line(String what, String... columns) {
    var text = new StringBuilder("  %-40s".formatted(what));
    for (var column : columns) {
      text.append(" %12s".formatted(column));
    }
    out.println(text.toString().stripTrailing());
  }

  private static String median(Samples samples) {
    return samples.isEmpty() ? "-" : Samples.format(samples.median());
  }
}
