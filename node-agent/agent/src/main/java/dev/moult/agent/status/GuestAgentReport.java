package dev.moult.agent.status;

import dev.moult.agent.guest.GuestView;
import dev.moult.agent.journal.RunRecord;
import dev.moult.api.v1alpha1.Condition;
import dev.moult.api.v1alpha1.ConditionType;
import dev.moult.api.v1alpha1.GuestFileSystem;
import dev.moult.api.v1alpha1.GuestInterface;
import dev.moult.api.v1alpha1.GuestOs;
import dev.moult.api.v1alpha1.GuestStatus;
import dev.moult.api.v1alpha1.ProbesStatus;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.VirtualMachineStatus;
import dev.moult.qemu.guestagent.GuestFacts;
import dev.moult.qemu.machine.Extra;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a VirtualMachine's status says through its guest agent. Until this agent has looked, what an
 * earlier one said of the same run stands: an upgrade of the agents rewrites no status.
 */
// The generated builders' setters take null, and do not say so.
@SuppressWarnings("NullAway")
final class GuestAgentReport {
  private final RunRecord run;
  private final GuestView view;
  private final List<Condition> conditions;
  private final @Nullable GuestStatus told;

  /**
   * Of a run.
   *
   * @param before the status as it was last seen
   */
  GuestAgentReport(RunRecord run, @Nullable VirtualMachineStatus before, GuestView view) {
    this.run = run;
    this.view = run.guest().ended() ? GuestView.closed() : view;
    this.conditions = before == null ? List.of() : before.conditions();
    GuestStatus guest = before == null ? null : before.guest();
    this.told = guest != null && run.runId().equals(guest.runID()) ? guest : null;
  }

  /** The guest's status with what its agent tells. */
  GuestStatus tells(GuestStatus guest) {
    if (!run.has(Extra.GUEST_AGENT)) {
      return guest;
    }
    return switch (view) {
      case GuestView.Unknown unknown -> told == null ? guest : with(guest, told);
      case GuestView.Away away -> guest;
      case GuestView.Present present -> with(guest, present.facts());
    };
  }

  private static GuestStatus with(GuestStatus guest, GuestStatus before) {
    return guest.with(b ->
        b.agentVersion(before.agentVersion())
            .os(before.os())
            .hostname(before.hostname())
            .interfaces(before.interfaces())
            .filesystems(before.filesystems()));
  }

  private static GuestStatus with(GuestStatus guest, GuestFacts facts) {
    GuestFacts.Os os = facts.os();
    return guest.with(b ->
        b.agentVersion(facts.agentVersion())
            .os(
                os == null
                    ? null
                    : new GuestOs(
                        os.id(),
                        os.name(),
                        os.prettyName(),
                        os.version(),
                        os.kernelRelease(),
                        os.machine()))
            .hostname(facts.hostname())
            .interfaces(
                facts.interfaces().stream()
                    .map(one -> new GuestInterface(one.name(), one.mac(), one.addresses()))
                    .toList())
            .filesystems(
                facts.fileSystems().stream()
                    .map(one -> new GuestFileSystem(one.mountPoint(), one.type(), one.totalBytes()))
                    .toList()));
  }

  /** What the probes show that go by it; null where nothing is asked. */
  @Nullable ProbesStatus probes(@Nullable ProbesStatus now) {
    if (run.probes() == null || run.guest().ended()) {
      return null;
    }
    return now == null && told != null ? told.probes() : now;
  }

  /** The condition; null where there is nothing to say. */
  @Nullable Condition condition(@Nullable Long generation, Instant now) {
    if (!run.has(Extra.GUEST_AGENT)) {
      return null;
    }
    return switch (view) {
      case GuestView.Unknown unknown -> told == null ? null : before(generation);
      case GuestView.Away away -> made(false, away.reason(), away.message(), generation, now);
      case GuestView.Present present ->
          made(true, Reason.GUEST_AGENT_ANSWERS, null, generation, now);
    };
  }

  private @Nullable Condition before(@Nullable Long generation) {
    return conditions.stream()
        .filter(condition -> condition.type().equals(ConditionType.GUEST_AGENT_CONNECTED.value()))
        .findFirst()
        .map(condition -> condition.with(b -> b.observedGeneration(generation)))
        .orElse(null);
  }

  private Condition made(
      boolean holds,
      Reason reason,
      @Nullable String message,
      @Nullable Long generation,
      Instant now) {
    return Conditions.of(
        conditions,
        ConditionType.GUEST_AGENT_CONNECTED,
        holds,
        reason.value(),
        message,
        generation,
        now);
  }
}
