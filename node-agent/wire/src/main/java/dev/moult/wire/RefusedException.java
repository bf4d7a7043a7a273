package dev.moult.wire;

import java.io.IOException;
import java.io.Serial;

/** The broker refused a request; nothing was changed by asking. */
public final class RefusedException extends IOException {
  @Serial private static final long serialVersionUID = 1L;

  private final RefusalReason reason;
  private final int errno;

  RefusedException(Answer.Refused refused) {
    super(refused.message());
    this.reason = refused.reason();
    this.errno = refused.errno();
  }

  /** Why. */
  public RefusalReason reason() {
    return reason;
  }

  /** The system's error number; 0 if there is none. */
  public int errno() {
    return errno;
  }
}
