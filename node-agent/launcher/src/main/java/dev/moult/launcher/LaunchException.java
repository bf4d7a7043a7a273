package dev.moult.launcher;

import dev.moult.linux.LinuxException;
import dev.moult.wire.LaunchReason;
import dev.moult.wire.Outcome;
import java.io.Serial;

/** A plan that cannot be carried out; its message is the sentence that broker and log get. */
public final class LaunchException extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  private final LaunchReason reason;
  private final int slot;
  private final int errno;

  /**
   * Without an error of the system.
   *
   * @param slot the slot that cannot be filled; -1 if it is none's
   */
  public LaunchException(LaunchReason reason, int slot, String message) {
    super(message);
    this.reason = reason;
    this.slot = slot;
    this.errno = 0;
  }

  /** With an error of the system. */
  public LaunchException(LaunchReason reason, int slot, String message, LinuxException cause) {
    super(message + " (" + cause.getMessage() + ")", cause);
    this.reason = reason;
    this.slot = slot;
    this.errno = cause.number();
  }

  Outcome.Failed outcome() {
    return new Outcome.Failed(reason, slot, errno, sentence());
  }

  /** Its message. */
  String sentence() {
    return String.valueOf(getMessage());
  }
}
