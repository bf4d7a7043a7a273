package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How a disk's writes go through the node's page cache. */
public enum DiskCache {
  /** Past the node's page cache, where its file system allows that. */
  @JsonProperty("none")
  NONE,

  /** Through it; each write is on the storage before the guest is told. */
  @JsonProperty("writethrough")
  WRITETHROUGH,

  /** Through it; written out when the guest flushes. */
  @JsonProperty("writeback")
  WRITEBACK
}
