package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What a disk is to the guest. */
public enum DiskType {
  /** A hard disk. */
  @JsonProperty("disk")
  DISK,

  /** A CD-ROM: read-only, removable. */
  @JsonProperty("cdrom")
  CDROM
}
