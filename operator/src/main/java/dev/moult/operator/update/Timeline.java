package dev.moult.operator.update;

import dev.moult.api.v1alpha1.FieldOwner;
import dev.moult.api.v1alpha1.HumanDuration;
import dev.moult.api.v1alpha1.StepName;
import dev.moult.api.v1alpha1.TimelineEntry;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The operator's steps of a timeline: each is written once and never moves. */
final class Timeline {
  private final Instant start;
  private final Map<StepName, TimelineEntry> steps;

  /** Goes on with a timeline whose offsets count from {@code start}. */
  Timeline(List<TimelineEntry> before, Instant start) {
    this.start = start;
    steps =
        new TreeMap<>(
            own(before).stream()
                .collect(
                    Collectors.toMap(e -> byName(e.step()).orElseThrow(), Function.identity())));
  }

  /** The operator's entries, in the usual order of steps. */
  static List<TimelineEntry> own(List<TimelineEntry> timeline) {
    return Arrays.stream(StepName.values())
        .filter(step -> step.writer() == FieldOwner.OPERATOR)
        .map(step -> timeline.stream().filter(e -> e.step().equals(step.value())).findFirst())
        .flatMap(Optional::stream)
        .toList();
  }

  /** A step was reached; the first time counts. */
  void reached(StepName step, Instant at) {
    var offset =
        Duration.between(start, at).isNegative() ? Duration.ZERO : Duration.between(start, at);
    steps.putIfAbsent(
        step,
        new TimelineEntry(step.value(), at, HumanDuration.format(offset), offset.toNanos() / 1000));
  }

  /** All entries, in the usual order of steps. */
  List<TimelineEntry> entries() {
    return Objects.requireNonNull(List.copyOf(steps.values()));
  }

  private static Optional<StepName> byName(String value) {
    return Arrays.stream(StepName.values()).filter(s -> s.value().equals(value)).findFirst();
  }
}
