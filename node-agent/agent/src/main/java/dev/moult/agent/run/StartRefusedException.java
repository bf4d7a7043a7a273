package dev.moult.agent.run;

import dev.moult.api.v1alpha1.Reason;
import java.io.Serial;

/** The guest cannot be started as its spec and its image are: says why, for the status. */
public final class StartRefusedException extends Exception {
  @Serial private static final long serialVersionUID = 1L;
  private final Reason reason;

  /** With a public reason and a sentence. */
  public StartRefusedException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** Why, in one word. */
  public Reason reason() {
    return reason;
  }
}
