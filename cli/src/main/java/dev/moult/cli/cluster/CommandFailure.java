package dev.moult.cli.cluster;

/** A verb ends here: what is told to the user in one or more lines, and the exit code 1. */
public final class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Ends a verb, and says why. */
  public CommandFailure(String message) {
    super(message);
  }

  /** Ends a verb, and says why; what lies behind it is kept for the trace. */
  public CommandFailure(String message, Throwable cause) {
    super(message, cause);
  }
}
