package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Firmware that a guest boots by. */
public enum FirmwareType {
  /** SeaBIOS. */
  @JsonProperty("BIOS")
  BIOS,

  /** OVMF, without Secure Boot. */
  @JsonProperty("UEFI")
  UEFI
}
