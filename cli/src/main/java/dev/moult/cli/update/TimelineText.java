package dev.moult.cli.update;

import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.LiveUpdateStatus;
import dev.moult.api.v1alpha1.StepName;
import dev.moult.api.v1alpha1.TimelineEntry;
import dev.moult.api.v1alpha1.UpdateSide;
import dev.moult.cli.output.Printable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A live update told as it goes: each step once, in the order in which they are seen. */
final class TimelineText {
  private final Set<String> told = new HashSet<>();

  /** The lines that are new with this state of the update. */
  List<String> newSteps(LiveUpdate update) {
    if (update.getStatus() == null) {
      return List.of();
    }
    return update.getStatus().timeline().stream()
        .filter(entry -> told.add(entry.step()))
        .sorted(Comparator.comparingLong(TimelineText::micros))
        .map(TimelineText::line)
        .toList();
  }

  /** Its last lines: how it ended, and what stood in the way. */
  static List<String> verdict(LiveUpdate update) {
    LiveUpdateStatus status = update.getStatus();
    var lines = new ArrayList<String>();
    if (status.phase() == LiveUpdatePhase.COMPLETED) {
      lines.add("Completed: " + stillness(status) + "; " + versions(status) + duration(status));
    } else {
      lines.add(
          phase(update)
              + (status.reason() == null ? "" : " (" + Printable.of(status.reason()) + ")")
              + (status.message() == null ? "" : ": " + Printable.of(status.message()))
              + duration(status));
    }
    for (var blocker : status.blockers()) {
      lines.add("  " + Blockers.line(blocker));
    }
    return lines;
  }

  private static String stillness(LiveUpdateStatus status) {
    // An agent that came later has neither step, and may not know how long the guest stood.
    if (status.pause() == null
        && has(status, StepName.STATE_SENT)
        && !has(status, StepName.GUEST_STOPPED)) {
      return "the guest is paused as before";
    }
    return "the guest stood still for "
        + Optional.ofNullable(status.pause()).orElse("an unknown time");
  }

  private static boolean has(LiveUpdateStatus status, StepName step) {
    return status.timeline().stream().anyMatch(entry -> step.value().equals(entry.step()));
  }

  /** The phase as the API writes it. */
  static String phase(LiveUpdate update) {
    LiveUpdatePhase phase = update.getStatus() == null ? null : update.getStatus().phase();
    if (phase == null) {
      return "Pending";
    }
    return phase == LiveUpdatePhase.ROLLED_BACK
        ? "RolledBack"
        : phase.name().charAt(0) + phase.name().substring(1).toLowerCase(java.util.Locale.ROOT);
  }

  /** Whether it has come to an end. */
  static boolean ended(LiveUpdate update) {
    LiveUpdatePhase phase = update.getStatus() == null ? null : update.getStatus().phase();
    return phase != null
        && switch (phase) {
          case COMPLETED, ROLLED_BACK, REFUSED, FAILED -> true;
          case PENDING, PREPARING, CHECKING, TRANSFERRING, COMMITTING -> false;
        };
  }

  private static String line(TimelineEntry entry) {
    String offset = Printable.of(entry.offset());
    return "%8s  %-18s %s"
        .formatted(offset, Printable.of(entry.step()), description(entry.step()))
        .stripTrailing();
  }

  private static String description(String step) {
    return Arrays.stream(StepName.values())
        .filter(known -> known.value().equals(step))
        .map(StepName::description)
        .findFirst()
        .orElse("");
  }

  private static String versions(LiveUpdateStatus status) {
    String from = version(status.from());
    String to = version(status.to());
    return "QEMU " + from + (from.equals(to) ? ", a fresh process" : " -> " + to);
  }

  private static String version(@Nullable UpdateSide side) {
    return side == null || side.qemuVersion() == null ? "?" : Printable.of(side.qemuVersion());
  }

  private static String duration(LiveUpdateStatus status) {
    return status.duration() == null ? "" : "; " + status.duration() + " in all";
  }

  private static long micros(TimelineEntry entry) {
    return Optional.ofNullable(entry.offsetMicros()).orElse(Long.MAX_VALUE);
  }
}
