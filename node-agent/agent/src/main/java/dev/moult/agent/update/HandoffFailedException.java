package dev.moult.agent.update;

import dev.moult.api.v1alpha1.Reason;
import java.io.Serial;

/** The handoff cannot go on; nothing was decided yet. */
final class HandoffFailedException extends Exception {
  @Serial private static final long serialVersionUID = 1L;
  private final Reason reason;

  HandoffFailedException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  Reason reason() {
    return reason;
  }
}
