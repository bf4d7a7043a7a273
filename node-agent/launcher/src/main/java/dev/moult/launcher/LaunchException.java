package dev.moult.launcher;

import dev.moult.linux.LinuxException;
import dev.moult.wire.LaunchReason;
import dev.moult.wire.Outcome;
import java.io.Serial;

/** A plan that cannot be carried out; its message is the sentence that broker and log get. */
final class LaunchException extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  private final LaunchReason reason;
  private final int slot;
  private final int errno;

  LaunchException(LaunchReason reason, int slot, String message) {
    super(message);
    this.reason = reason;
    this.slot = slot;
    this.errno = 0;
  }

  LaunchException(LaunchReason reason, int slot, String message, LinuxException cause) {
    super(message + " (" + cause.getMessage() + ")", cause);
    this.reason = reason;
    this.slot = slot;
    this.errno = cause.number();
  }

  Outcome.Failed outcome() {
    return new Outcome.Failed(reason, slot, errno, sentence());
  }

  String sentence() {
    return String.valueOf(getMessage());
  }
}
