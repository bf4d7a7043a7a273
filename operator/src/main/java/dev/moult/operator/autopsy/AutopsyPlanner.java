package dev.moult.operator.autopsy;

import dev.moult.api.v1alpha1.AutopsyFindings;
import dev.moult.api.v1alpha1.AutopsyPhase;
import dev.moult.api.v1alpha1.HumanDuration;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachineAutopsy;
import dev.moult.api.v1alpha1.VirtualMachineAutopsyStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What an autopsy's status is to say, by what is seen. */
final class AutopsyPlanner {
  /** An agent reads a guest's memory in seconds, the largest one too. */
  static final Duration PATIENCE = Duration.ofMinutes(1);

  private AutopsyPlanner() {}

  /**
   * What is to be done.
   *
   * @param over whether its time is over: the object goes
   * @param status the operator's own fields
   * @param wakeAt when to look again, if nothing happens
   */
  record Plan(boolean over, VirtualMachineAutopsyStatus status, Instant wakeAt) {}

  /**
   * Decides.
   *
   * @param vm its virtual machine, by a live look; empty if there is none
   */
  static Plan plan(VirtualMachineAutopsy autopsy, Optional<VirtualMachine> vm, Instant now) {
    Instant created = Instant.parse(autopsy.getMetadata().getCreationTimestamp());
    Instant expires = created.plus(HumanDuration.parse(autopsy.getSpec().ttl()));
    VirtualMachineAutopsyStatus old = autopsy.getStatus();
    boolean over = !now.isBefore(expires);
    if (old != null && old.phase() != null && old.phase() != AutopsyPhase.PENDING) {
      return new Plan(over, own(old), expires);
    }
    String node = old == null ? null : old.nodeName();
    AutopsyPhase phase = AutopsyPhase.PENDING;
    String message = null;
    AutopsyFindings findings = findings(autopsy);
    if (findings != null) {
      boolean readable = Boolean.TRUE.equals(findings.readable());
      phase = readable ? AutopsyPhase.COMPLETED : AutopsyPhase.FAILED;
      message = findings.message();
    } else if (node == null && nodeOf(vm) == null) {
      phase = AutopsyPhase.FAILED;
      message =
          vm.isEmpty()
              ? "There is no VirtualMachine " + autopsy.getSpec().virtualMachine() + "."
              : "The VirtualMachine has no node: nothing holds its memory.";
    } else if (node == null) {
      node = nodeOf(vm);
    } else if (!now.isBefore(created.plus(PATIENCE))) {
      phase = AutopsyPhase.FAILED;
      message = "The agent of node " + node + " has not read the memory within a minute.";
    }
    Instant wake =
        phase == AutopsyPhase.PENDING ? earlier(created.plus(PATIENCE), expires) : expires;
    return new Plan(
        over,
        new VirtualMachineAutopsyStatus(
            autopsy.getMetadata().getGeneration(), node, phase, message, expires, null),
        wake);
  }

  /** The operator's own fields of a status. */
  static VirtualMachineAutopsyStatus own(VirtualMachineAutopsyStatus status) {
    return new VirtualMachineAutopsyStatus(
        status.observedGeneration(),
        status.nodeName(),
        status.phase(),
        status.message(),
        status.expiresAt(),
        null);
  }

  private static @Nullable AutopsyFindings findings(VirtualMachineAutopsy autopsy) {
    AutopsyFindings findings = autopsy.getStatus() == null ? null : autopsy.getStatus().findings();
    return findings != null && Objects.equals(findings.uid(), autopsy.getMetadata().getUid())
        ? findings
        : null;
  }

  private static @Nullable String nodeOf(Optional<VirtualMachine> vm) {
    return vm.map(VirtualMachine::getStatus).map(status -> status.nodeName()).orElse(null);
  }

  private static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }
}
