package dev.moult.wire;

import java.io.IOException;
import java.io.Serial;

/** A packet that is not a message of this protocol; the connection it came from is to be closed. */
public final class WireException extends IOException {
  @Serial private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message what is wrong with the packet
   */
  public WireException(String message) {
    super(message);
  }
}
