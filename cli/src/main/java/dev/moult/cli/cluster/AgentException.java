package dev.moult.cli.cluster;

/** A node agent does not tell what it was asked for; the message says why, fit for a terminal. */
public final class AgentException extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean forbidden;

  AgentException(String message, boolean forbidden) {
    super(message);
    this.forbidden = forbidden;
  }

  /** Whether the user may not ask it. */
  public boolean isForbidden() {
    return forbidden;
  }

  /** Why, in words. */
  public String why() {
    return String.valueOf(getMessage());
  }
}
