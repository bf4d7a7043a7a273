package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;

/** A watchdog: a device that acts when the guest, once it has begun to feed it, stops doing so. */
@ApiType
public record WatchdogSpec(
    @JsonPropertyDescription(
            "What happens when the guest has not fed the watchdog in time. Reset: it is reset, as by"
                + " a reset button. Poweroff: it is powered off at once; runStrategy decides what"
                + " follows, as after any fault. Shutdown: its power button is pressed. Pause: it"
                + " stands still until spec.resetRequestedAt or a restart. None: an event tells of"
                + " it, as of all of these. Default: Reset. Mutable; takes effect at the next start"
                + " of the guest.")
        @Default("Reset")
        WatchdogAction action) {
  /** Absent defaults are filled in. */
  public WatchdogSpec {
    action = action == null ? WatchdogAction.RESET : action;
  }
}
