package dev.moult.agent.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.agent.journal.Storage;
import dev.moult.agent.watch.PodVolumes;
import dev.moult.api.v1alpha1.BootSpec;
import dev.moult.api.v1alpha1.CloudInit;
import dev.moult.api.v1alpha1.ContainerDisk;
import dev.moult.api.v1alpha1.DiskBus;
import dev.moult.api.v1alpha1.DiskSpec;
import dev.moult.api.v1alpha1.DiskSpecBuilder;
import dev.moult.api.v1alpha1.DiskType;
import dev.moult.api.v1alpha1.EmptyDisk;
import dev.moult.api.v1alpha1.FirmwareType;
import dev.moult.api.v1alpha1.PersistentVolumeClaimDisk;
import dev.moult.api.v1alpha1.UefiSpec;
import dev.moult.api.v1alpha1.UefiVariables;
import dev.moult.qemu.QemuVersion;
import dev.moult.qemu.machine.Firmware;
import dev.moult.qemu.machine.FrozenDisk;
import dev.moult.qemu.machine.FrozenDisk.Bus;
import dev.moult.qemu.machine.FrozenDisk.Format;
import dev.moult.qemu.machine.FrozenDisk.Image;
import dev.moult.qemu.machine.FrozenMachine;
import dev.moult.qemu.machine.Role;
import dev.moult.wire.Asked;
import dev.moult.wire.Codec;
import dev.moult.wire.ImageFacts;
import dev.moult.wire.Operation;
import dev.moult.wire.Operation.Access;
import dev.moult.wire.Request;
import dev.moult.wire.SlotFacts;
import dev.moult.wire.SlotFacts.Kind;
import dev.moult.wire.Source;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class StoragePlanTest {
  private static final PodVolumes VOLUMES =
      new PodVolumes(Set.of("disk-block"), Map.of("data", 5L << 30));

  @Test
  void tellsTheAnchorWhatToOpenAndToMake() {
    StoragePlan plan = plan(FirmwareType.BIOS, disks());

    assertThat(plan.operations())
        .containsExactly(
            new Operation.OpenFile(16, "/usr/share/seabios", "bios-256k.bin", Access.READ),
            new Operation.OpenImage(31, "root", "/volumes/disk-root", "disk/root.qcow2"),
            new Operation.MakeOverlay(30, "root", 31, "/volumes/scratch/disk-root.qcow2"),
            new Operation.OpenDisk(
                32, "data", "/volumes/disk-data", "disk.img", Access.READ_WRITE, 5L << 30),
            new Operation.OpenDisk(34, "block", "/devices", "disk-block", Access.READ_WRITE, 0),
            new Operation.MakeDisk(36, "tmp", "/volumes/scratch/disk-tmp.img", 1L << 30),
            new Operation.OpenImage(38, "cd", "/volumes/disk-cd", "cd.iso"),
            new Operation.MakeSeed(
                40,
                "seed",
                "/volumes/scratch/disk-seed.iso",
                "instance-id: " + Specs.VM_UID + "\nlocal-hostname: web\n",
                "/volumes/disk-seed",
                null,
                null));
    assertThat(plan.storage().disks())
        .extracting(FrozenDisk::bus, FrozenDisk::unit, FrozenDisk::bootIndex, FrozenDisk::readOnly)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(Bus.VIRTIO, 4, 1, false),
            org.assertj.core.groups.Tuple.tuple(Bus.VIRTIO, 5, 0, false),
            org.assertj.core.groups.Tuple.tuple(Bus.SCSI, 0, 0, false),
            org.assertj.core.groups.Tuple.tuple(Bus.SCSI, 1, 0, false),
            org.assertj.core.groups.Tuple.tuple(Bus.SATA, 0, 0, true),
            org.assertj.core.groups.Tuple.tuple(Bus.VIRTIO, 6, 0, true));
  }

  @Test
  void uefiHasVariablesOfItsOwn() {
    StoragePlan plan = plan(FirmwareType.UEFI, disks().subList(0, 1));

    assertThat(plan.operations().subList(0, 2))
        .containsExactly(
            new Operation.OpenFile(16, "/usr/share/OVMF", "OVMF_CODE_4M.fd", Access.READ),
            new Operation.CopyFile(
                17, "/usr/share/OVMF/OVMF_VARS_4M.fd", "/volumes/scratch/efi-vars.fd"));
    assertThat(plan.storage().firmware()).isEqualTo(Firmware.UEFI);
  }

  @Test
  void variablesOfAClaimAreKeptUnderTheNameOfTheVm() {
    StoragePlan plan =
        plan(new UefiSpec(false, new UefiVariables("firmware")), disks().subList(1, 2));

    assertThat(plan.operations().subList(0, 2))
        .containsExactly(
            new Operation.OpenFile(16, "/usr/share/OVMF", "OVMF_CODE_4M.fd", Access.READ),
            new Operation.KeepFile(
                17,
                "/usr/share/OVMF/OVMF_VARS_4M.fd",
                "/volumes/uefi-variables",
                "web-uefi-variables.fd"));
    assertThat(StoragePlan.again(plan.storage()))
        .contains(
            new Operation.OpenFile(
                17, "/volumes/uefi-variables", "web-uefi-variables.fd", Access.READ_WRITE));
    assertThat(plan.storage().firmware()).isEqualTo(Firmware.UEFI);
  }

  @Test
  void secureBootHasItsOwnCodeVariablesAndFile() throws Exception {
    StoragePlan scratch = plan(new UefiSpec(true, null), disks().subList(1, 2));
    StoragePlan kept =
        plan(new UefiSpec(true, new UefiVariables("firmware")), disks().subList(1, 2));

    assertThat(scratch.operations().subList(0, 2))
        .containsExactly(
            new Operation.OpenFile(16, "/usr/share/OVMF", "OVMF_CODE_4M.secboot.fd", Access.READ),
            new Operation.CopyFile(
                17, "/usr/share/OVMF/OVMF_VARS_4M.ms.fd", "/volumes/scratch/efi-vars.fd"));
    assertThat(kept.operations())
        .contains(
            new Operation.KeepFile(
                17,
                "/usr/share/OVMF/OVMF_VARS_4M.ms.fd",
                "/volumes/uefi-variables",
                "web-uefi-variables-secure.fd"));
    FrozenMachine machine = frozen(scratch.storage());
    assertThat(machine.firmware()).isEqualTo(Firmware.UEFI_SECURE);
    Launch launch = Launch.vmm(machine, new Role.Start());
    assertThat(launch.sources())
        .contains(new Source.Reopen(16, false, false), new Source.Reopen(17, true, false));
    assertThat(String.join(" ", launch.plan().argv()))
        .contains(",smm=on,pflash0=pf0,pflash1=pf1")
        .contains("-global driver=cfi.pflash01,property=secure,value=on");
  }

  @Test
  void aKernelWithoutDisksNeedsNothing() {
    StoragePlan plan = StoragePlan.of("web", Specs.VM_UID, Specs.spec(), VOLUMES);

    assertThat(plan.operations()).isEmpty();
    assertThat(plan.storage().isNothing()).isTrue();
  }

  @Test
  void anAnchorThatStartsAgainMakesNothing() {
    StoragePlan plan = plan(FirmwareType.BIOS, disks());

    assertThat(StoragePlan.again(plan.storage()))
        .allMatch(operation -> operation instanceof Operation.OpenFile)
        .contains(
            new Operation.OpenFile(30, "/volumes/scratch", "disk-root.qcow2", Access.READ_WRITE),
            new Operation.OpenFile(31, "/volumes/disk-root", "disk/root.qcow2", Access.READ))
        .hasSize(8);
  }

  @Test
  void whatTheAnchorFindsIsFrozenAndOpenedAnewForEachQemu() throws Exception {
    Storage wished = plan(FirmwareType.BIOS, disks().subList(0, 2)).storage();
    Storage found = StorageFound.of(wished, FACTS, IMAGES).orElseThrow();

    assertThat(found.disks().getFirst().image()).isEqualTo(new Image(Format.QCOW2, false, true));
    assertThat(found.disks().getFirst().base()).isEqualTo(new Image(Format.RAW, false, false));
    FrozenMachine machine = frozen(found);
    Launch launch = Launch.vmm(machine, new Role.Start());
    assertThat(launch.plan().receives()).isEqualTo(launch.sources().size());
    assertThat(launch.sources())
        .contains(
            new Source.Parked(16),
            new Source.Reopen(30, true, true),
            new Source.Reopen(31, false, false),
            new Source.Reopen(32, true, true));
    assertThat(String.join(" ", launch.plan().argv()))
        .contains("-bios /proc/self/fd/16")
        .contains("driver=qcow2,node-name=disk0-fmt,file=disk0-file")
        .contains("backing=disk0-base-fmt");
    assertThat(StorageFound.of(wished, FACTS, List.of())).isEmpty();
  }

  @Test
  void sixtyFourDisksOnScsiFitAPlan() throws Exception {
    List<DiskSpec> many = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      many.add(
          disk("data" + i)
              .bus(DiskBus.SCSI)
              .persistentVolumeClaim(new PersistentVolumeClaimDisk("d" + i))
              .build());
    }
    Storage storage = plan(FirmwareType.BIOS, many).storage();
    FrozenMachine machine = frozen(storage);
    Launch launch = Launch.vmm(machine, new Role.Incoming("b-cpr-0123456789.sock"));

    assertThat(launch.fits()).isTrue();
    assertThat(launch.sources()).hasSizeLessThan(dev.moult.wire.Limits.PLAN_DESCRIPTORS);
    Request.SendPlan request =
        new Request.SendPlan(Specs.VMM, Specs.ANCHOR, launch.plan(), launch.sources());
    assertThat(Codec.encode(new Asked(1, request)))
        .hasSizeLessThan(dev.moult.wire.Limits.MESSAGE_BYTES);
  }

  @Test
  void anotherFileInItsPlaceIsForeign() {
    Storage wished = plan(FirmwareType.BIOS, disks().subList(0, 2)).storage();
    Storage found = StorageFound.of(wished, FACTS, IMAGES).orElseThrow();

    assertThat(StorageFound.foreign(found, FACTS)).isEmpty();
    assertThat(StorageFound.foreign(found, changed(32, fact -> file(32, 7, 99)))).isPresent();
    assertThat(StorageFound.foreign(found, changed(32, fact -> file(32, 8, 3)))).isPresent();
    // An image is mounted anew for each container.
    assertThat(StorageFound.foreign(found, changed(31, fact -> file(31, 8, 2)))).isEmpty();
    assertThat(StorageFound.foreign(found, List.of())).isPresent();
  }

  private static final List<SlotFacts> FACTS =
      List.of(file(16, 6, 1), file(30, 7, 1), file(31, 6, 2), file(32, 7, 3));

  private static final List<ImageFacts> IMAGES =
      List.of(
          new ImageFacts(30, ImageFacts.Format.QCOW2, 1L << 30, true),
          new ImageFacts(31, ImageFacts.Format.RAW, 1L << 30, false),
          new ImageFacts(32, ImageFacts.Format.RAW, 5L << 30, true));

  private static SlotFacts file(int slot, long device, long inode) {
    return new SlotFacts(
        slot, Kind.FILE, device, inode, 0, 1 << 20, 0, SlotFacts.Access.READ_WRITE);
  }

  private static List<SlotFacts> changed(int slot, UnaryOperator<SlotFacts> change) {
    List<SlotFacts> all = new ArrayList<>(FACTS);
    all.replaceAll(fact -> fact.slot() == slot ? change.apply(fact) : fact);
    return all;
  }

  private static FrozenMachine frozen(Storage storage) throws Exception {
    return MachinePlan.freeze(
            "web",
            Specs.VM_UID,
            Specs.spec(),
            Specs.probe(QemuVersion.of(10, 0, 2)),
            Specs.node(false),
            List.of(GuestLink.masqueraded(Specs.spec().networks().getFirst(), Specs.VM_UID, 1450)),
            storage)
        .machine();
  }

  private static StoragePlan plan(UefiSpec uefi, List<DiskSpec> disks) {
    return StoragePlan.of(
        "web",
        Specs.VM_UID,
        Specs.spec()
            .with(spec -> spec.boot(new BootSpec(null, FirmwareType.UEFI, uefi)).disks(disks)),
        VOLUMES);
  }

  private static StoragePlan plan(FirmwareType firmware, List<DiskSpec> disks) {
    return StoragePlan.of(
        "web",
        Specs.VM_UID,
        Specs.spec().with(spec -> spec.boot(new BootSpec(null, firmware)).disks(disks)),
        VOLUMES);
  }

  private static List<DiskSpec> disks() {
    return List.of(
        disk("root").containerDisk(new ContainerDisk("image", "/disk/root.qcow2")).build(),
        disk("data").persistentVolumeClaim(new PersistentVolumeClaimDisk("data")).build(),
        disk("block")
            .bus(DiskBus.SCSI)
            .persistentVolumeClaim(new PersistentVolumeClaimDisk("block"))
            .build(),
        disk("tmp").bus(DiskBus.SCSI).emptyDisk(new EmptyDisk(new Quantity("1Gi"))).build(),
        disk("cd")
            .type(DiskType.CDROM)
            .containerDisk(new ContainerDisk("image", "/cd.iso"))
            .build(),
        disk("seed").cloudInit(new CloudInit("init", null, null)).build());
  }

  private static DiskSpecBuilder disk(String name) {
    return DiskSpecBuilder.builder().name(name);
  }
}
