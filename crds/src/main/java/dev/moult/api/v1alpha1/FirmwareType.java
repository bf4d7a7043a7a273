package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Firmware that a guest boots by. */
public enum FirmwareType {
  /** SeaBIOS. */
  @JsonProperty("BIOS")
  BIOS,

  /** OVMF; with Secure Boot if {@link UefiSpec} says so. */
  @JsonProperty("UEFI")
  UEFI
}
