package dev.moult.broker.peer;

import java.io.Serial;

/** Whoever is at the other end is not proved to be the one expected. */
public final class PeerRefused extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  PeerRefused(String message) {
    super(message);
  }

  PeerRefused(String message, Throwable cause) {
    super(message + " (" + cause.getMessage() + ")", cause);
  }
}
