package dev.moult.cli.screen;

import java.io.IOException;

/** What serves the screen does not keep to the protocol, or to our bounds. */
final class ScreenException extends IOException {
  private static final long serialVersionUID = 1L;

  ScreenException(String message) {
    super(message);
  }
}
