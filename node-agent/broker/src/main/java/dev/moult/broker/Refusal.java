package dev.moult.broker;

import dev.moult.linux.LinuxException;
import dev.moult.wire.Answer;
import dev.moult.wire.RefusalReason;
import java.io.Serial;

/** A request that is not carried out: becomes the answer of the same name. */
public final class Refusal extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  private final RefusalReason reason;
  private final int errno;

  /** A refusal with its sentence. */
  public Refusal(RefusalReason reason, String message) {
    super(message);
    this.reason = reason;
    this.errno = 0;
  }

  /** A refusal because a call failed. */
  public Refusal(RefusalReason reason, String message, LinuxException cause) {
    super(message + " (" + cause.getMessage() + ")", cause);
    this.reason = reason;
    this.errno = cause.number();
  }

  /** The answer to send. */
  public Answer.Refused answer() {
    return new Answer.Refused(reason, errno, String.valueOf(getMessage()));
  }
}
