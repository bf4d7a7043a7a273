package dev.moult.qemu.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * QEMU's options for a machine's disks. Each image has an fd set of its slot's number, with one
 * open that belongs to this QEMU alone. An overlay names nothing beneath it: what that is, is said
 * here. Errors stop the guest instead of reaching it: it goes on when the disk is mended.
 */
final class DiskOptions {
  private static final int SCSI_SLOT = 0xe;

  /** More do not make one disk faster, and each costs the guest an interrupt. */
  private static final int MOST_QUEUES = 4;

  private static final int QUEUE_SIZE = 256;

  private final FrozenMachine machine;
  private final List<String> arguments = new ArrayList<>();

  private DiskOptions(FrozenMachine machine) {
    this.machine = machine;
  }

  static List<String> of(FrozenMachine machine, DescriptorSlots slots) {
    if (machine.disks().size() != slots.disks().size()) {
      throw new IllegalArgumentException("the machine needs descriptors for its disks");
    }
    var options = new DiskOptions(machine);
    if (machine.disks().stream().anyMatch(disk -> disk.bus() == FrozenDisk.Bus.SCSI)) {
      options.controller();
    }
    for (int i = 0; i < machine.disks().size(); i++) {
      options.disk(machine.disks().get(i), slots.disks().get(i));
    }
    return options.arguments;
  }

  private void controller() {
    add("-object", "iothread,id=ioscsi");
    add(
        "-device",
        "virtio-scsi-pci,id=scsi,bus=%s,addr=0x%x,num_queues=%d,virtqueue_size=%d,iothread=ioscsi"
            .formatted(
                FrozenMachine.rootBus(machine.machineType()), SCSI_SLOT, queues(), QUEUE_SIZE));
  }

  private void disk(FrozenDisk disk, DescriptorSlots.DiskSlots slots) {
    String node = "disk" + disk.index();
    FrozenDisk.Image base = disk.base();
    String beneath = "";
    if (base != null) {
      int slot =
          Objects.requireNonNull(slots.base(), "the machine needs a descriptor beneath " + node);
      image(node + "-base", disk, base, slot, true, "");
      beneath = ",backing=" + node + "-base-fmt";
    }
    image(node, disk, disk.image(), slots.image(), disk.readOnly(), beneath);
    device(disk);
  }

  private void image(
      String node,
      FrozenDisk disk,
      FrozenDisk.Image image,
      int slot,
      boolean readOnly,
      String beneath) {
    String access =
        ",read-only=%s,discard=%s"
            .formatted(onOff(readOnly), disk.discard() && !readOnly ? "unmap" : "ignore");
    add("-add-fd", "fd=" + slot + ",set=" + slot);
    add(
        "-blockdev",
        "driver=%s,node-name=%s-file,filename=/dev/fdset/%d,cache.direct=%s,aio=threads%s"
            .formatted(
                image.device() ? "host_device" : "file",
                node,
                slot,
                onOff(disk.opensDirect(image)),
                access));
    add(
        "-blockdev",
        "driver=%s,node-name=%s-fmt,file=%s-file%s%s"
            .formatted(image.format().word(), node, node, access, beneath));
  }

  private void device(FrozenDisk disk) {
    String id = "disk" + disk.index();
    boolean cdrom = disk.type() == FrozenDisk.Type.CDROM;
    String place =
        switch (disk.bus()) {
          case VIRTIO -> {
            add("-object", "iothread,id=io" + disk.index());
            yield "virtio-blk-pci,id=%s,drive=%s-fmt,bus=%s,addr=0x%x,num-queues=%d,queue-size=%d,iothread=io%d"
                .formatted(
                    id,
                    id,
                    FrozenMachine.rootBus(machine.machineType()),
                    disk.unit(),
                    queues(),
                    QUEUE_SIZE,
                    disk.index());
          }
          case SCSI ->
              "%s,id=%s,drive=%s-fmt,bus=scsi.0,channel=0,scsi-id=%d,lun=0"
                  .formatted(cdrom ? "scsi-cd" : "scsi-hd", id, id, disk.unit());
          case SATA ->
              "%s,id=%s,drive=%s-fmt,bus=ide.%d,unit=0"
                  .formatted(cdrom ? "ide-cd" : "ide-hd", id, id, disk.unit());
        };
    String writes = cdrom ? "" : ",write-cache=" + onOff(writeCache(disk));
    String boot = disk.bootIndex() == 0 ? "" : ",bootindex=" + disk.bootIndex();
    add("-device", place + ",serial=" + disk.serial() + writes + ",rerror=stop,werror=stop" + boot);
  }

  private static boolean writeCache(FrozenDisk disk) {
    return disk.cache() != FrozenDisk.Cache.WRITETHROUGH;
  }

  private int queues() {
    return Math.min(machine.vcpus(), MOST_QUEUES);
  }

  private static String onOff(boolean on) {
    return on ? "on" : "off";
  }

  private void add(String option, String value) {
    arguments.add(option);
    arguments.add(value);
  }
}
