package dev.moult.agent.status;

import dev.moult.agent.guest.GuestView;
import dev.moult.agent.journal.FreezeRecord;
import dev.moult.agent.journal.GuestRecord;
import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.journal.SuspendRecord;
import dev.moult.agent.journal.UpdateRecord.Obstacle;
import dev.moult.api.v1alpha1.Acceleration;
import dev.moult.api.v1alpha1.Blocker;
import dev.moult.api.v1alpha1.Condition;
import dev.moult.api.v1alpha1.ConditionType;
import dev.moult.api.v1alpha1.FieldOwner;
import dev.moult.api.v1alpha1.FilesystemFreezeState;
import dev.moult.api.v1alpha1.FilesystemFreezeStatus;
import dev.moult.api.v1alpha1.FirmwareType;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.GuestStatus;
import dev.moult.api.v1alpha1.GuestStatusBuilder;
import dev.moult.api.v1alpha1.HugePageSize;
import dev.moult.api.v1alpha1.HumanDuration;
import dev.moult.api.v1alpha1.MachineCpu;
import dev.moult.api.v1alpha1.MachineDevice;
import dev.moult.api.v1alpha1.MachineStatus;
import dev.moult.api.v1alpha1.MachineStatusBuilder;
import dev.moult.api.v1alpha1.ProbesStatus;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.SuspensionStatus;
import dev.moult.api.v1alpha1.UpdatableStatus;
import dev.moult.api.v1alpha1.VirtualMachineStatus;
import dev.moult.api.v1alpha1.VirtualMachineStatusBuilder;
import dev.moult.qemu.machine.Accelerator;
import dev.moult.qemu.machine.FrozenDisk;
import dev.moult.qemu.machine.FrozenMachine;
import dev.moult.qemu.machine.Nic;
import io.fabric8.kubernetes.api.model.Quantity;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The agent's part of a VirtualMachine's status: all of its fields, and no other. */
// The generated builders' setters take null, and do not say so.
@SuppressWarnings("NullAway")
public final class VmReport {
  private static final int MESSAGE = 2048;

  private static final int FREEZE_MESSAGE = 512;

  /** Of the processor's features, as the API's field holds them; QEMU 11.1 knows about 450. */
  private static final int MOST_FEATURES = 512;

  private static final Set<String> OWN_CONDITIONS =
      Arrays.stream(ConditionType.values())
          .filter(type -> type.writer() == FieldOwner.AGENT && !type.ofVirtualMachine().isEmpty())
          .map(ConditionType::value)
          .collect(Collectors.toUnmodifiableSet());

  private VmReport() {}

  /**
   * Builds it.
   *
   * @param run what the journal says
   * @param generation of the spec as it was last seen
   * @param before the status as it was last seen, for the times of its conditions and for what the
   *     operator says of the next VMM pod
   * @param node what the node can do, in a sentence
   * @param obstacles what keeps an update from being done
   * @param view what is known through the guest agent
   * @param probes what the probes through it show; null while this agent cannot say
   */
  public static VirtualMachineStatus of(
      RunRecord run,
      @Nullable Long generation,
      @Nullable VirtualMachineStatus before,
      String node,
      List<Obstacle> obstacles,
      GuestView view,
      @Nullable ProbesStatus probes,
      Instant now) {
    List<Condition> conditions = before == null ? List.of() : before.conditions();
    var agent = new GuestAgentReport(run, before, view);
    List<Obstacle> all = withPod(before, withGuest(run.guest(), obstacles));
    return VirtualMachineStatusBuilder.builder()
        .guest(agent.tells(guest(run).withProbes(agent.probes(probes))))
        .machine(machine(run.machine()))
        .updatable(all.isEmpty() ? null : new UpdatableStatus(blockers(all)))
        .conditions(
            Stream.of(
                    Conditions.of(
                        conditions,
                        ConditionType.AGENT_READY,
                        true,
                        Reason.AGENT_CONNECTED.value(),
                        node,
                        generation,
                        now),
                    agent.condition(generation, now),
                    Conditions.of(
                        conditions,
                        ConditionType.UPDATABLE,
                        all.isEmpty(),
                        all.isEmpty() ? Reason.NO_BLOCKERS.value() : all.getFirst().reason(),
                        all.isEmpty()
                            ? null
                            : String.join("; ", all.stream().map(Obstacle::message).toList()),
                        generation,
                        now))
                .filter(Objects::nonNull)
                .toList())
        .build();
  }

  /** What of a status is the agent's: to be compared with what it would write. */
  static @Nullable VirtualMachineStatus ownPart(@Nullable VirtualMachineStatus status) {
    if (status == null) {
      return null;
    }
    MachineStatus machine = status.machine();
    MachineStatus ownMachine =
        machine == null || machine.type() == null ? null : machine.with(b -> b.uid(null));
    return VirtualMachineStatusBuilder.builder()
        .guest(status.guest())
        .machine(ownMachine)
        .updatable(status.updatable())
        .conditions(
            status.conditions().stream()
                .filter(condition -> OWN_CONDITIONS.contains(condition.type()))
                .sorted(java.util.Comparator.comparing(Condition::type))
                .toList())
        .build();
  }

  /** Whether two say the same, whenever their conditions began. */
  static boolean same(VirtualMachineStatus one, @Nullable VirtualMachineStatus other) {
    return other != null && timeless(one, false).equals(timeless(other, false));
  }

  /** Whether two say the same of the guest, whatever generation of its object they are about. */
  static boolean sameGuest(VirtualMachineStatus one, @Nullable VirtualMachineStatus other) {
    return other != null && timeless(one, true).equals(timeless(other, true));
  }

  private static VirtualMachineStatus timeless(VirtualMachineStatus status, boolean anyGeneration) {
    return status.with(b ->
        b.conditions(
            status.conditions().stream()
                .map(condition ->
                    condition.with(c -> {
                      c.lastTransitionTime(null);
                      if (anyGeneration) {
                        c.observedGeneration(null);
                      }
                    }))
                .toList()));
  }

  /** A guest that does not run cannot be updated, whatever else, unless its owner has paused it. */
  private static List<Obstacle> withGuest(GuestRecord guest, List<Obstacle> obstacles) {
    if (guest.state() == GuestState.RUNNING || guest.pausedByUser()) {
      return obstacles;
    }
    List<Obstacle> all = new ArrayList<>();
    all.add(
        new Obstacle(
            Reason.GUEST_NOT_RUNNING.value(),
            "The guest is " + guest.state().name().toLowerCase(java.util.Locale.ROOT) + "."));
    obstacles.stream()
        .filter(obstacle -> !obstacle.reason().equals(Reason.GUEST_NOT_RUNNING.value()))
        .forEach(all::add);
    return all;
  }

  /** What the operator has found out about the next VMM pod; it cannot write it here itself. */
  private static List<Obstacle> withPod(
      @Nullable VirtualMachineStatus before, List<Obstacle> obstacles) {
    Blocker ofPod = before == null ? null : before.podBlocker();
    if (ofPod == null || obstacles.stream().anyMatch(one -> one.reason().equals(ofPod.reason()))) {
      return obstacles;
    }
    String message = ofPod.message();
    List<Obstacle> all = new ArrayList<>(obstacles);
    all.add(new Obstacle(ofPod.reason(), message == null ? ofPod.reason() : message));
    return all;
  }

  static List<Blocker> blockers(List<Obstacle> obstacles) {
    return obstacles.stream()
        .map(one -> new Blocker(one.reason(), Conditions.cut(one.message(), MESSAGE)))
        .toList();
  }

  private static GuestStatus guest(RunRecord run) {
    GuestRecord guest = run.guest();
    RunRecord.VmmRecord vmm = run.vmm();
    SuspendRecord suspend = run.suspend();
    boolean failed =
        suspend != null
            && suspend.step() == SuspendRecord.Step.FAILED
            && guest.state() == GuestState.RUNNING;
    String message = failed ? suspend.message() : guest.message();
    return GuestStatusBuilder.builder()
        .state(guest.state())
        .since(Instant.ofEpochMilli(guest.sinceMillis()).truncatedTo(ChronoUnit.MILLIS))
        .runID(run.runId())
        .reason(failed ? Reason.SUSPEND_FAILED.value() : guest.reason())
        .message(message == null ? null : Conditions.cut(message, MESSAGE))
        .vmmPod(vmm == null ? null : vmm.podName())
        .qemuVersion(vmm == null || vmm.qemuVersion().isEmpty() ? null : vmm.qemuVersion())
        .generation(run.generation())
        .resetServed(run.resetServed() == null ? null : Instant.parse(run.resetServed()))
        .filesystemFreeze(freeze(run.freeze()))
        .suspension(suspension(suspend))
        .interfaces(List.of())
        .filesystems(List.of())
        .build();
  }

  private static @Nullable SuspensionStatus suspension(@Nullable SuspendRecord suspend) {
    SuspendRecord.Saved saved = suspend == null ? null : suspend.saved();
    return saved == null
        ? null
        : new SuspensionStatus(
            Instant.ofEpochMilli(saved.atMillis()),
            HumanDuration.format(Duration.of(saved.stopMicros(), ChronoUnit.MICROS)),
            saved.stopMicros(),
            saved.bytes(),
            saved.qemuVersion());
  }

  private static @Nullable FilesystemFreezeStatus freeze(@Nullable FreezeRecord freeze) {
    if (freeze == null) {
      return null;
    }
    String message = freeze.message();
    return new FilesystemFreezeStatus(
        Instant.parse(freeze.requestedAt()),
        freeze.state(),
        Instant.ofEpochMilli(freeze.sinceMillis()),
        freeze.state() == FilesystemFreezeState.FROZEN
            ? Instant.ofEpochMilli(freeze.untilMillis())
            : null,
        freeze.count(),
        message == null ? null : Conditions.cut(message, FREEZE_MESSAGE));
  }

  private static @Nullable MachineStatus machine(@Nullable FrozenMachine machine) {
    if (machine == null) {
      return null;
    }
    Nic nic = machine.nics().isEmpty() ? null : machine.nics().getFirst();
    return MachineStatusBuilder.builder()
        .type(machine.machineType())
        .acceleration(
            machine.accelerator() == Accelerator.KVM ? Acceleration.KVM : Acceleration.TCG)
        .cpu(
            new MachineCpu(
                machine.cpu().model(),
                machine.cpu().flags().stream().sorted().limit(MOST_FEATURES).toList(),
                machine.vcpus()))
        .memory(memory(machine.memoryBytes()))
        .hugePageSize(hugePageSize(machine))
        .uuid(machine.uuid().toString())
        .macAddress(nic == null ? null : nic.mac())
        .firmware(firmware(machine))
        .devices(devices(machine))
        .build();
  }

  private static @Nullable HugePageSize hugePageSize(FrozenMachine machine) {
    return Arrays.stream(HugePageSize.values())
        .filter(size -> size.bytes() == machine.hugePageBytes())
        .findFirst()
        .orElse(null);
  }

  private static @Nullable FirmwareType firmware(FrozenMachine machine) {
    return switch (machine.firmware()) {
      case BUNDLED -> null;
      case DESCRIPTOR -> FirmwareType.BIOS;
      case UEFI, UEFI_SECURE -> FirmwareType.UEFI;
    };
  }

  private static List<MachineDevice> devices(FrozenMachine machine) {
    List<MachineDevice> devices = new ArrayList<>();
    for (Nic nic : machine.nics()) {
      devices.add(
          new MachineDevice(
              "nic" + nic.id(), "virtio-net-pci", "%s:%02x.0".formatted(nic.bus(), nic.slot())));
    }
    String bus = FrozenMachine.rootBus(machine.machineType());
    for (FrozenDisk disk : machine.disks()) {
      boolean cdrom = disk.type() == FrozenDisk.Type.CDROM;
      devices.add(
          switch (disk.bus()) {
            case VIRTIO ->
                new MachineDevice(
                    disk.name(), "virtio-blk-pci", "%s:%02x.0".formatted(bus, disk.unit()));
            case SCSI ->
                new MachineDevice(
                    disk.name(), cdrom ? "scsi-cd" : "scsi-hd", "scsi.0:" + disk.unit());
            case SATA ->
                new MachineDevice(disk.name(), cdrom ? "ide-cd" : "ide-hd", "ide." + disk.unit());
          });
    }
    return devices;
  }

  static Quantity memory(long bytes) {
    long mib = bytes / (1024 * 1024);
    return mib % 1024 == 0 ? new Quantity(mib / 1024 + "Gi") : new Quantity(mib + "Mi");
  }
}
