package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How a descriptor reaches the new QEMU. */
public enum DescriptorVia {
  /** Parked in the anchor pod and handed to each QEMU. */
  @JsonProperty("Anchor")
  ANCHOR,

  /** Passed from QEMU to QEMU in the cpr stream. */
  @JsonProperty("Stream")
  STREAM,

  /** Opened anew by the broker for each QEMU. */
  @JsonProperty("Open")
  OPEN
}
