package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How a guest's processors are run. */
public enum Acceleration {
  /** KVM where the node has it and it works, TCG elsewhere. */
  @JsonProperty("Auto")
  AUTO,

  /** Only on nodes with a working /dev/kvm. */
  @JsonProperty("KVM")
  KVM,

  /** In software, on any node; slow. */
  @JsonProperty("TCG")
  TCG
}
