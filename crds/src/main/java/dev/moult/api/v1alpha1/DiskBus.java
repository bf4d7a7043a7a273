package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How a disk is attached to the guest. */
public enum DiskBus {
  /** virtio-blk: a PCI slot for each disk. */
  @JsonProperty("virtio")
  VIRTIO,

  /** One virtio-scsi controller for all of them. */
  @JsonProperty("scsi")
  SCSI,

  /** The AHCI controller of the machine, for guests without virtio. */
  @JsonProperty("sata")
  SATA
}
