package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.soabase.recordbuilder.core.RecordBuilder;
import org.jspecify.annotations.Nullable;

/** A disk of the guest, with exactly one source. */
@RecordBuilder
@ApiType
@ValidationRule(
    value =
        "[has(self.containerDisk), has(self.persistentVolumeClaim), has(self.emptyDisk),"
            + " has(self.cloudInit)].exists_one(x, x)",
    message =
        "spec.disks[] must have exactly one source: containerDisk, persistentVolumeClaim, emptyDisk or"
            + " cloudInit")
@ValidationRule(
    value = "self.type != 'cdrom' || !has(self.bus) || self.bus != 'virtio'",
    message = "spec.disks[].bus: a cdrom is on sata or scsi; write one of them, or leave bus out")
@ValidationRule(
    value =
        "!(self.type == 'cdrom' || has(self.cloudInit)) || !has(self.readOnly) || self.readOnly",
    message =
        "spec.disks[].readOnly cannot be false for a cdrom or for cloudInit: leave it out, or write"
            + " true")
@ValidationRule(
    value =
        "!has(self.emptyDisk) || (self.type == 'disk' && !(has(self.readOnly) && self.readOnly))",
    message =
        "spec.disks[].emptyDisk is there to be written: leave readOnly out, and let type be disk")
public record DiskSpec(
    @JsonPropertyDescription(
            "Name of the disk within this VirtualMachine, at most 58 characters. Required. Mutable;"
                + " takes effect at the next start of the guest.")
        @Required
        @Size(min = 1, max = 58)
        @ValidationRule(
            value = "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
            message =
                "spec.disks[].name must be at most 58 characters of a-z, 0-9 and '-', such as root")
        String name,
    @JsonPropertyDescription(
            "What the guest sees: disk, or cdrom, which is read-only. Default: disk. Mutable; takes"
                + " effect at the next start of the guest.")
        @Default("disk")
        DiskType type,
    @JsonPropertyDescription(
            "How the disk is attached. virtio: a PCI device for each, at most 10 disks. scsi: one"
                + " virtio-scsi controller for all, so that the pause of a live update does not grow with"
                + " their number. sata: for guests without virtio, at most 4 disks. Default: virtio, and"
                + " sata for a cdrom. Mutable; takes effect at the next start of the guest.")
        DiskBus bus,
    @JsonPropertyDescription(
            "True: the guest cannot write. Default: false, and true for a cdrom and for cloudInit."
                + " Mutable; takes effect at the next start of the guest.")
        Boolean readOnly,
    @JsonPropertyDescription(
            "Serial number that the guest reads, at most 20 characters; Linux links the disk by it"
                + " under /dev/disk/by-id. Default: the name, cut at 20 characters. Mutable; takes effect"
                + " at the next start of the guest.")
        @Size(min = 1, max = 20)
        @ValidationRule(
            value = "self.matches('^[A-Za-z0-9_.-]+$')",
            message =
                "spec.disks[].serial must be at most 20 characters of A-Z, a-z, 0-9, '_', '.' and '-'")
        String serial,
    @JsonPropertyDescription(
            "Place of the disk in the firmware's boot order, from 1; each used once. Default: not in"
                + " it; when no disk is, the firmware tries the first of the list that is not cloudInit."
                + " Mutable; takes effect at the next start of the guest.")
        @Min(1)
        @Max(1024)
        @Nullable Integer bootOrder,
    @JsonPropertyDescription(
            "How writes go through the node's page cache. none: past it, where the file system allows"
                + " that. writethrough: on the storage before the guest is told. writeback: when the guest"
                + " flushes. Default: none. Mutable; takes effect at the next start of the guest.")
        @Default("none")
        DiskCache cache,
    @JsonPropertyDescription(
            "What becomes of space that the guest discards. unmap: it is freed. ignore: nothing."
                + " Default: unmap. Mutable; takes effect at the next start of the guest.")
        @Default("unmap")
        DiskDiscard discard,
    @JsonPropertyDescription(
            "A disk image out of a container image; what the guest writes is lost when its run ends."
                + " One of the four sources. Mutable; takes effect at the next start of the guest.")
        @Nullable ContainerDisk containerDisk,
    @JsonPropertyDescription(
            "A PersistentVolumeClaim; what the guest writes stays. One of the four sources. Mutable;"
                + " takes effect at the next start of the guest.")
        @Nullable PersistentVolumeClaimDisk persistentVolumeClaim,
    @JsonPropertyDescription(
            "A disk that is empty at each start. One of the four sources. Mutable; takes effect at"
                + " the next start of the guest.")
        @Nullable EmptyDisk emptyDisk,
    @JsonPropertyDescription(
            "Configuration for cloud-init, as a read-only disk. One of the four sources; at most one"
                + " disk. Mutable; takes effect at the next start of the guest.")
        @Nullable CloudInit cloudInit)
    implements DiskSpecBuilder.With {
  /** Most characters of a serial number: virtio-blk has room for no more. */
  private static final int SERIAL_LENGTH = 20;

  /** Absent defaults are filled in. */
  public DiskSpec {
    type = type == null ? DiskType.DISK : type;
    boolean cdrom = type == DiskType.CDROM;
    bus = bus == null ? (cdrom ? DiskBus.SATA : DiskBus.VIRTIO) : bus;
    readOnly = readOnly == null ? cdrom || cloudInit != null : readOnly;
    serial = serial == null ? name.substring(0, Math.min(name.length(), SERIAL_LENGTH)) : serial;
    cache = cache == null ? DiskCache.NONE : cache;
    discard = discard == null ? DiskDiscard.UNMAP : discard;
  }
}
