package dev.moult.agent.run;

import dev.moult.agent.journal.Storage;
import dev.moult.agent.journal.Storage.Parked;
import dev.moult.agent.watch.PodVolumes;
import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.CloudInit;
import dev.moult.api.v1alpha1.ContainerDisk;
import dev.moult.api.v1alpha1.DiskBus;
import dev.moult.api.v1alpha1.DiskDiscard;
import dev.moult.api.v1alpha1.DiskSpec;
import dev.moult.api.v1alpha1.DiskType;
import dev.moult.api.v1alpha1.EmptyDisk;
import dev.moult.api.v1alpha1.FirmwareType;
import dev.moult.api.v1alpha1.UefiSpec;
import dev.moult.api.v1alpha1.VirtualMachineSpec;
import dev.moult.qemu.machine.Firmware;
import dev.moult.qemu.machine.FrozenDisk;
import dev.moult.qemu.machine.FrozenDisk.Format;
import dev.moult.qemu.machine.FrozenDisk.Image;
import dev.moult.wire.Operation;
import dev.moult.wire.Operation.Access;
import dev.moult.wire.Slots;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * From the disks and the firmware of a spec to what its anchor is told, and to what is frozen of
 * them. Where the operator mounts what: {@code docs/architecture.md}, "Disks and firmware".
 *
 * @param operations for the anchor, in order
 * @param storage what is kept of it
 */
record StoragePlan(List<Operation> operations, Storage storage) {
  /** A directory for each volume of the anchor. */
  static final String VOLUMES = "/volumes";

  /** Block devices, each by the name of its volume. */
  static final String DEVICES = "/devices";

  /** What lasts as long as the run. */
  static final String SCRATCH = VOLUMES + "/scratch";

  private static final String VOLUME_PREFIX = "disk-";
  private static final String CLAIM_FILE = "disk.img";

  private static final String SEABIOS = "/usr/share/seabios";
  private static final String SEABIOS_FILE = "bios-256k.bin";
  private static final String OVMF = "/usr/share/OVMF";
  private static final String OVMF_CODE = "OVMF_CODE_4M.fd";
  private static final String OVMF_VARIABLES = "OVMF_VARS_4M.fd";

  /** Those of Secure Boot: it is on, with Microsoft's keys enrolled. */
  private static final String OVMF_SECURE_CODE = "OVMF_CODE_4M.secboot.fd";

  private static final String OVMF_SECURE_VARIABLES = "OVMF_VARS_4M.ms.fd";
  private static final String VARIABLES = "efi-vars.fd";

  /** The PCI slot of the first disk on virtio; the others follow. */
  private static final int FIRST_VIRTIO = 0x4;

  /** Nothing is known of an image before its anchor has opened it. */
  private static final Image UNKNOWN = new Image(Format.RAW, false, false);

  StoragePlan {
    operations = List.copyOf(operations);
  }

  /** Builds it. */
  static StoragePlan of(String vmName, String vmUid, VirtualMachineSpec spec, PodVolumes volumes) {
    return new Builder(vmName, vmUid, spec, volumes).build();
  }

  /**
   * What an anchor is told that starts again under a running guest: to open what is there. Nothing
   * is made, and no image is looked into.
   */
  static List<Operation> again(Storage storage) {
    List<Operation> operations = new ArrayList<>();
    for (Parked file : storage.files()) {
      operations.add(
          new Operation.OpenFile(
              file.slot(),
              file.directory(),
              file.path(),
              file.write() ? Access.READ_WRITE : Access.READ));
    }
    return operations;
  }

  private static final class Builder {
    private final String vmName;
    private final String vmUid;
    private final VirtualMachineSpec spec;
    private final PodVolumes volumes;
    private final List<Operation> operations = new ArrayList<>();
    private final List<FrozenDisk> disks = new ArrayList<>();
    private final List<Parked> files = new ArrayList<>();
    private final Map<DiskBus, Integer> units = new EnumMap<>(DiskBus.class);

    Builder(String vmName, String vmUid, VirtualMachineSpec spec, PodVolumes volumes) {
      this.vmName = vmName;
      this.vmUid = vmUid;
      this.spec = spec;
      this.volumes = volumes;
    }

    StoragePlan build() {
      Firmware firmware = firmware(spec.boot().firmware());
      for (int i = 0; i < spec.disks().size(); i++) {
        disk(i, spec.disks().get(i));
      }
      return new StoragePlan(operations, new Storage(firmware, disks, files));
    }

    private Firmware firmware(@Nullable FirmwareType wished) {
      if (wished == null) {
        return Firmware.BUNDLED;
      }
      return switch (wished) {
        case BIOS -> {
          park(Slots.FIRMWARE, SEABIOS, SEABIOS_FILE, false);
          operations.add(
              new Operation.OpenFile(Slots.FIRMWARE, SEABIOS, SEABIOS_FILE, Access.READ));
          yield Firmware.DESCRIPTOR;
        }
        case UEFI -> uefi(spec.boot().uefi());
      };
    }

    private Firmware uefi(@Nullable UefiSpec wished) {
      boolean secure = wished != null && wished.secureBoot();
      String code = secure ? OVMF_SECURE_CODE : OVMF_CODE;
      park(Slots.FIRMWARE, OVMF, code, false);
      operations.add(new Operation.OpenFile(Slots.FIRMWARE, OVMF, code, Access.READ));
      String template = OVMF + "/" + (secure ? OVMF_SECURE_VARIABLES : OVMF_VARIABLES);
      if (wished == null || wished.variables() == null) {
        park(Slots.VARIABLES, SCRATCH, VARIABLES, true);
        operations.add(
            new Operation.CopyFile(Slots.VARIABLES, template, SCRATCH + "/" + VARIABLES));
      } else {
        String directory = VOLUMES + "/" + ApiNames.UEFI_VOLUME;
        String file = vmName + "-uefi-variables" + (secure ? "-secure" : "") + ".fd";
        park(Slots.VARIABLES, directory, file, true);
        operations.add(new Operation.KeepFile(Slots.VARIABLES, template, directory, file));
      }
      return secure ? Firmware.UEFI_SECURE : Firmware.UEFI;
    }

    private void disk(int index, DiskSpec disk) {
      boolean overlay = disk.containerDisk() != null && !disk.readOnly();
      open(index, disk);
      disks.add(
          new FrozenDisk(
              index,
              disk.name(),
              disk.type() == DiskType.CDROM ? FrozenDisk.Type.CDROM : FrozenDisk.Type.DISK,
              switch (disk.bus()) {
                case VIRTIO -> FrozenDisk.Bus.VIRTIO;
                case SCSI -> FrozenDisk.Bus.SCSI;
                case SATA -> FrozenDisk.Bus.SATA;
              },
              unit(disk.bus()),
              UNKNOWN,
              overlay ? UNKNOWN : null,
              disk.readOnly(),
              disk.serial(),
              bootIndex(disk),
              switch (disk.cache()) {
                case NONE -> FrozenDisk.Cache.NONE;
                case WRITETHROUGH -> FrozenDisk.Cache.WRITETHROUGH;
                case WRITEBACK -> FrozenDisk.Cache.WRITEBACK;
              },
              disk.discard() == DiskDiscard.UNMAP));
    }

    private int unit(DiskBus bus) {
      int count = units.merge(bus, 1, Integer::sum) - 1;
      return bus == DiskBus.VIRTIO ? FIRST_VIRTIO + count : count;
    }

    /** Without a wish the firmware tries the first that is not for cloud-init. */
    private int bootIndex(DiskSpec disk) {
      if (spec.boot().firmware() == null) {
        return 0;
      }
      Integer wished = disk.bootOrder();
      if (wished != null) {
        return wished;
      }
      boolean anyWish = spec.disks().stream().anyMatch(one -> one.bootOrder() != null);
      String first =
          spec.disks().stream()
              .filter(one -> one.cloudInit() == null)
              .map(DiskSpec::name)
              .findFirst()
              .orElse("");
      return !anyWish && disk.name().equals(first) ? 1 : 0;
    }

    private void open(int index, DiskSpec disk) {
      String volume = VOLUME_PREFIX + disk.name();
      ContainerDisk container = disk.containerDisk();
      EmptyDisk empty = disk.emptyDisk();
      CloudInit cloudInit = disk.cloudInit();
      if (container != null) {
        image(index, disk, VOLUMES + "/" + volume, container.path().replaceFirst("^/+", ""));
      } else if (empty != null) {
        String file = volume + ".img";
        park(Slots.disk(index), SCRATCH, file, true);
        operations.add(
            new Operation.MakeDisk(
                Slots.disk(index),
                disk.name(),
                SCRATCH + "/" + file,
                empty.capacity().getNumericalAmount().longValueExact()));
      } else if (cloudInit != null) {
        seed(index, disk.name(), volume, cloudInit);
      } else {
        claim(index, disk, volume);
      }
    }

    private void image(int index, DiskSpec disk, String directory, String path) {
      if (disk.readOnly()) {
        park(Slots.disk(index), directory, path, false);
        operations.add(new Operation.OpenImage(Slots.disk(index), disk.name(), directory, path));
        return;
      }
      park(Slots.base(index), directory, path, false);
      operations.add(new Operation.OpenImage(Slots.base(index), disk.name(), directory, path));
      String file = VOLUME_PREFIX + disk.name() + ".qcow2";
      park(Slots.disk(index), SCRATCH, file, true);
      operations.add(
          new Operation.MakeOverlay(
              Slots.disk(index), disk.name(), Slots.base(index), SCRATCH + "/" + file));
    }

    private void seed(int index, String name, String volume, CloudInit cloudInit) {
      String file = volume + ".iso";
      park(Slots.disk(index), SCRATCH, file, false);
      operations.add(
          new Operation.MakeSeed(
              Slots.disk(index),
              name,
              SCRATCH + "/" + file,
              // The same at every start, another one for a copy of the object: so cloud-init knows
              // whether it has done its work already.
              "instance-id: %s\nlocal-hostname: %s\n".formatted(vmUid, vmName),
              cloudInit.secretName() == null ? null : VOLUMES + "/" + volume,
              cloudInit.userData(),
              cloudInit.networkData()));
    }

    private void claim(int index, DiskSpec disk, String volume) {
      boolean device = volumes.isDevice(volume);
      String directory = device ? DEVICES : VOLUMES + "/" + volume;
      String path = device ? volume : CLAIM_FILE;
      park(Slots.disk(index), directory, path, !disk.readOnly());
      operations.add(
          new Operation.OpenDisk(
              Slots.disk(index),
              disk.name(),
              directory,
              path,
              disk.readOnly() ? Access.READ : Access.READ_WRITE,
              device || disk.readOnly() ? 0 : volumes.size(disk.name())));
    }

    private void park(int slot, String directory, String path, boolean write) {
      files.add(new Parked(slot, directory, path, write, null));
    }
  }
}
