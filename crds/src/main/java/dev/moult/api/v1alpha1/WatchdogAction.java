package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What happens to a guest that does not feed its watchdog in time. */
public enum WatchdogAction {
  /** It is reset, as by a reset button. */
  @JsonProperty("Reset")
  RESET,

  /** It is powered off at once, and its run ends by a fault. */
  @JsonProperty("Poweroff")
  POWEROFF,

  /** Its power button is pressed. */
  @JsonProperty("Shutdown")
  SHUTDOWN,

  /** It stands still until somebody resets or restarts it. */
  @JsonProperty("Pause")
  PAUSE,

  /** It is told in an event alone. */
  @JsonProperty("None")
  NONE
}
