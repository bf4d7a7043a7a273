package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** The agent's final word on a handoff; it never changes. */
public enum Verdict {
  /** The guest runs on the new QEMU. */
  @JsonProperty("Commit")
  COMMIT,

  /** The guest runs on the old QEMU; the new one is dead. */
  @JsonProperty("RollBack")
  ROLL_BACK,

  /** A blocker was found before anything was touched. */
  @JsonProperty("Refused")
  REFUSED,

  /** The guest was lost. */
  @JsonProperty("Failed")
  FAILED
}
