package dev.moult.agent.status;

import dev.moult.agent.journal.UpdateRecord;
import dev.moult.agent.journal.UpdateRecord.Given;
import dev.moult.agent.journal.UpdateRecord.Step;
import dev.moult.agent.journal.UpdateRecord.UpdateResult;
import dev.moult.agent.update.Conductor.Checked;
import dev.moult.api.v1alpha1.Condition;
import dev.moult.api.v1alpha1.ConditionType;
import dev.moult.api.v1alpha1.DescriptorVia;
import dev.moult.api.v1alpha1.HandoffStatusBuilder;
import dev.moult.api.v1alpha1.HumanDuration;
import dev.moult.api.v1alpha1.LiveUpdateStatus;
import dev.moult.api.v1alpha1.LiveUpdateStatusBuilder;
import dev.moult.api.v1alpha1.MemoryVerification;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.TimelineEntry;
import dev.moult.api.v1alpha1.TransferredDescriptor;
import dev.moult.api.v1alpha1.Verdict;
import io.fabric8.kubernetes.api.model.Quantity;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The agent's part of a LiveUpdate's status: written twice, when checked and with the verdict. */
// The generated builders' setters take null, and do not say so.
@SuppressWarnings("NullAway")
public final class UpdateReport {
  private static final int MESSAGE = 4096;

  private UpdateReport() {}

  /** After the preflight, while the handoff goes on. */
  public static LiveUpdateStatus checked(
      String updateUid,
      String runId,
      Checked checked,
      @Nullable LiveUpdateStatus before,
      Instant now) {
    return LiveUpdateStatusBuilder.builder()
        .handoff(
            HandoffStatusBuilder.builder()
                .uid(updateUid)
                .runID(runId)
                .fromQemuVersion(checked.fromVersion())
                .toQemuVersion(checked.toVersion())
                .build())
        .conditions(
            List.of(
                Conditions.of(
                    conditions(before),
                    ConditionType.CHECKED,
                    true,
                    Reason.PASSED.value(),
                    passed(checked.fromVersion(), checked.toVersion()),
                    null,
                    now)))
        .build();
  }

  /**
   * With the verdict.
   *
   * @param started when the update began, from which offsets count; null if the operator did not
   *     say
   */
  public static LiveUpdateStatus ended(
      UpdateRecord update, UpdateResult result, @Nullable LiveUpdateStatus before, Instant now) {
    Instant started = before == null ? null : before.startedAt();
    Long pause = result.pauseMicros();
    return LiveUpdateStatusBuilder.builder()
        .handoff(
            HandoffStatusBuilder.builder()
                .uid(update.uid())
                .runID(update.runId())
                .verdict(verdict(result.verdict()))
                .reason(result.reason())
                .message(
                    result.message().isBlank() ? null : Conditions.cut(result.message(), MESSAGE))
                .at(instant(result.atMicros()).truncatedTo(ChronoUnit.MILLIS))
                .fromQemuVersion(orNull(result.fromVersion()))
                .toQemuVersion(orNull(result.toVersion()))
                .ramInode(result.ramInode() == 0 ? null : result.ramInode())
                .ramInodeAfter(result.ramInodeAfter() == 0 ? null : result.ramInodeAfter())
                .tapRepairs(result.checked() ? result.tapRepairs() : null)
                .build())
        .pause(pause == null ? null : HumanDuration.format(Duration.of(pause, ChronoUnit.MICROS)))
        .pauseMicros(pause)
        .memory(memory(result.memory()))
        .blockers(VmReport.blockers(result.blockers()))
        .descriptors(result.descriptors().stream().map(UpdateReport::descriptor).toList())
        .timeline(result.timeline().stream().map(step -> entry(step, started)).toList())
        .conditions(conditions(result, before, now))
        .build();
  }

  private static @Nullable MemoryVerification memory(UpdateRecord.@Nullable Memory read) {
    if (read == null) {
      return null;
    }
    Integer after = read.after();
    return new MemoryVerification(
        crc32c(read.before()),
        after == null ? null : crc32c(after),
        read.bytes(),
        HumanDuration.format(Duration.of(read.micros(), ChronoUnit.MICROS)),
        read.micros());
  }

  private static String crc32c(int value) {
    return "crc32c:" + HexFormat.of().toHexDigits(value);
  }

  private static List<Condition> conditions(
      UpdateResult result, @Nullable LiveUpdateStatus before, Instant now) {
    List<Condition> conditions = new ArrayList<>();
    conditions.add(
        Conditions.of(
            conditions(before),
            ConditionType.CHECKED,
            result.checked(),
            result.checked() ? Reason.PASSED.value() : result.reason(),
            result.checked() ? passed(result.fromVersion(), result.toVersion()) : result.message(),
            null,
            now));
    boolean transferred = result.verdict() == UpdateRecord.End.COMMITTED;
    conditions.add(
        Conditions.of(
            conditions(before),
            ConditionType.TRANSFERRED,
            transferred,
            transferred ? Reason.TRANSFERRED.value() : Reason.NOT_TRANSFERRED.value(),
            transferred ? "The guest runs on QEMU " + result.toVersion() + "." : result.message(),
            null,
            now));
    return conditions;
  }

  private static String passed(String from, String to) {
    return "QEMU " + from + " can hand this guest to " + to + ".";
  }

  private static List<Condition> conditions(@Nullable LiveUpdateStatus before) {
    return before == null ? List.of() : before.conditions();
  }

  private static Verdict verdict(UpdateRecord.End end) {
    return switch (end) {
      case COMMITTED -> Verdict.COMMIT;
      case ROLLED_BACK -> Verdict.ROLL_BACK;
      case REFUSED -> Verdict.REFUSED;
      case FAILED -> Verdict.FAILED;
    };
  }

  private static TransferredDescriptor descriptor(Given given) {
    return new TransferredDescriptor(
        Conditions.cut(given.name(), 255),
        given.kind(),
        given.size() == 0 ? null : size(given.size()),
        given.seals(),
        switch (given.via()) {
          case "Stream" -> DescriptorVia.STREAM;
          case "Open" -> DescriptorVia.OPEN;
          default -> DescriptorVia.ANCHOR;
        });
  }

  static Quantity size(long bytes) {
    if (bytes % (1L << 30) == 0) {
      return new Quantity((bytes >> 30) + "Gi");
    }
    if (bytes % (1L << 20) == 0) {
      return new Quantity((bytes >> 20) + "Mi");
    }
    return bytes % (1L << 10) == 0
        ? new Quantity((bytes >> 10) + "Ki")
        : new Quantity(Long.toString(bytes));
  }

  private static TimelineEntry entry(Step step, @Nullable Instant started) {
    Instant at = instant(step.atMicros());
    if (started == null) {
      return new TimelineEntry(step.name(), at, null, null);
    }
    Duration offset = Duration.between(started, at);
    return new TimelineEntry(
        step.name(), at, HumanDuration.format(offset), Math.max(0, offset.toNanos() / 1_000));
  }

  private static Instant instant(long micros) {
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
  }

  private static @Nullable String orNull(String text) {
    return text.isEmpty() ? null : text;
  }
}
