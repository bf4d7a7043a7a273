package dev.moult.qemu.machine;

import org.jspecify.annotations.Nullable;

/**
 * One disk of a guest, as every QEMU of its run has it.
 *
 * @param index its place among the guest's disks, from 0: its QEMU ids are {@code disk<index>}
 * @param name its name in the VirtualMachine; shown, not given to QEMU
 * @param type what the guest sees
 * @param bus how it is attached
 * @param unit where on its bus: the PCI slot on virtio, the target on scsi, the port on sata
 * @param image what is written when the guest writes
 * @param base what lies beneath the image, to read; null if nothing does
 * @param readOnly the guest cannot write
 * @param serial what the guest reads as its serial number
 * @param bootIndex its place in the firmware's boot order, from 1; 0: it is not in it
 * @param cache how writes go through the node's page cache
 * @param discard whether space that the guest discards is freed
 */
public record FrozenDisk(
    int index,
    String name,
    Type type,
    Bus bus,
    int unit,
    Image image,
    @Nullable Image base,
    boolean readOnly,
    String serial,
    int bootIndex,
    Cache cache,
    boolean discard) {

  /** What the guest sees. */
  public enum Type {
    /** A hard disk. */
    DISK,
    /** A CD-ROM. */
    CDROM
  }

  /** How it is attached. */
  public enum Bus {
    /** virtio-blk, a PCI device of its own. */
    VIRTIO,
    /** The one virtio-scsi controller. */
    SCSI,
    /** The AHCI controller of q35. */
    SATA
  }

  /** How writes go through the node's page cache. */
  public enum Cache {
    /** Past it, where the file system lets QEMU. */
    NONE,
    /** Through it, and on the storage before the guest is told. */
    WRITETHROUGH,
    /** Through it, and on the storage when the guest flushes. */
    WRITEBACK
  }

  /** How the bytes of an image are read. */
  public enum Format {
    /** The bytes are the disk. */
    RAW,
    /** QEMU's own. */
    QCOW2;

    String word() {
      return this == RAW ? "raw" : "qcow2";
    }
  }

  /**
   * One file or device.
   *
   * @param format how its bytes are read
   * @param device it is a block device
   * @param direct it can be opened past the page cache
   */
  public record Image(Format format, boolean device, boolean direct) {}

  /** The same with other images. */
  public FrozenDisk with(Image otherImage, @Nullable Image otherBase) {
    return new FrozenDisk(
        index,
        name,
        type,
        bus,
        unit,
        otherImage,
        otherBase,
        readOnly,
        serial,
        bootIndex,
        cache,
        discard);
  }

  /** Whether QEMU opens that image of this disk past the page cache. */
  public boolean opensDirect(Image which) {
    return cache == Cache.NONE && which.direct();
  }
}
