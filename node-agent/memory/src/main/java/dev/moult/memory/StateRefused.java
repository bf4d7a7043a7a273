package dev.moult.memory;

import java.io.IOException;
import java.io.Serial;

/** A state, or a file of RAM, that must not be used; nothing was changed by looking. */
public final class StateRefused extends IOException {
  @Serial private static final long serialVersionUID = 1L;

  private final MemoryReason reason;

  /** With a sentence for people. */
  public StateRefused(MemoryReason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** Why. */
  public MemoryReason reason() {
    return reason;
  }
}
