package dev.moult.qemu.suspend;

/** A state that could not be saved, or loaded; the message says why, for people. */
public final class SuspendException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Because of that. */
  public SuspendException(String message) {
    super(message);
  }
}
