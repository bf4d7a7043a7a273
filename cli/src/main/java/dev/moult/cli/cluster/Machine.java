package dev.moult.cli.cluster;

import dev.moult.api.v1alpha1.Condition;
import dev.moult.api.v1alpha1.ConditionStatus;
import dev.moult.api.v1alpha1.ConditionType;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachinePhase;
import dev.moult.api.v1alpha1.VirtualMachineStatus;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * A virtual machine as the API server gave it.
 *
 * @param raw all of it, also what a newer Moult added
 * @param vm the same by the API that this plugin knows; a value of an enumeration that it does not
 *     know is null
 */
public record Machine(GenericKubernetesResource raw, VirtualMachine vm) {
  /** Its name. */
  public String name() {
    return vm.getMetadata().getName();
  }

  /** The run strategy as it is written, also one that this plugin does not know. */
  public String runStrategy() {
    return Optional.ofNullable(raw.<String>get("spec", "runStrategy")).orElse("Always");
  }

  /** When somebody last asked for a restart. */
  public Optional<Instant> restartRequestedAt() {
    return Optional.ofNullable(raw.<String>get("spec", "restartRequestedAt")).map(Instant::parse);
  }

  /** Whether its guest is wished to stand still. */
  public boolean paused() {
    return Boolean.TRUE.equals(raw.<Boolean>get("spec", "paused"));
  }

  /** Whether its guest is wished to be put aside. */
  public boolean suspended() {
    return "Suspended".equals(raw.<String>get("spec", "power"));
  }

  /** When somebody last asked for a reset. */
  public Optional<Instant> resetRequestedAt() {
    return Optional.ofNullable(raw.<String>get("spec", "resetRequestedAt")).map(Instant::parse);
  }

  /** When somebody last asked to freeze its file systems, and still does. */
  public Optional<Instant> freezeRequestedAt() {
    return Optional.ofNullable(raw.<String>get("spec", "filesystemFreeze", "requestedAt"))
        .map(Instant::parse);
  }

  /** What is. */
  public Optional<VirtualMachineStatus> status() {
    return Optional.ofNullable(vm.getStatus());
  }

  /** A condition of it. */
  public Optional<Condition> condition(ConditionType type) {
    return condition(vm, type);
  }

  /** A condition of a virtual machine. */
  public static Optional<Condition> condition(VirtualMachine vm, ConditionType type) {
    return Optional.ofNullable(vm.getStatus()).stream()
        .flatMap(status -> status.conditions().stream())
        .filter(condition -> condition.type().equals(type.value()))
        .findFirst();
  }

  /** Whether the guest of the present run runs, by the word of operator and agent. */
  public static boolean guestRuns(VirtualMachine vm) {
    return guestIs(vm, Set.of(GuestState.RUNNING));
  }

  /** Whether the present run has a guest, running or paused. */
  public static boolean hasGuest(VirtualMachine vm) {
    return guestIs(vm, Set.of(GuestState.RUNNING, GuestState.PAUSED));
  }

  private static boolean guestIs(VirtualMachine vm, Set<GuestState> states) {
    var status = vm.getStatus();
    return status != null
        && status.guest() != null
        && status.guest().state() != null
        && states.contains(status.guest().state())
        && Objects.equals(status.runID(), status.guest().runID())
        && (status.phase() == VirtualMachinePhase.RUNNING
            || status.phase() == VirtualMachinePhase.UPDATING);
  }

  /** Where it is in its life, and why it is not ready. */
  public static String describe(VirtualMachine vm) {
    String phase =
        Optional.ofNullable(vm.getStatus())
            .map(VirtualMachineStatus::phase)
            .map(p -> p.name().charAt(0) + p.name().substring(1).toLowerCase(Locale.ROOT))
            .orElse("Unknown");
    return phase
        + condition(vm, ConditionType.READY)
            .filter(ready -> ready.status() != ConditionStatus.TRUE)
            .map(ready -> ": " + ready.reason() + message(ready))
            .orElse("");
  }

  private static String message(Condition condition) {
    return condition.message() == null || condition.message().isBlank()
        ? ""
        : ", " + condition.message();
  }
}
