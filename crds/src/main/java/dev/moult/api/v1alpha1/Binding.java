package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How a pod network reaches the guest. */
public enum Binding {
  /**
   * The guest has an address of its own behind the pod's IP; all ports of the pod's IP lead to it.
   */
  @JsonProperty("Masquerade")
  MASQUERADE,

  /** The guest has the pod's own IP and MAC address. */
  @JsonProperty("Bridge")
  BRIDGE
}
