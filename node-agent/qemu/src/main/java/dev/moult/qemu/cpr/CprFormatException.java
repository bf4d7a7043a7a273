package dev.moult.qemu.cpr;

import java.io.IOException;

/** A cpr stream that breaks the format or a limit: it must not reach B. */
public final class CprFormatException extends IOException {
  CprFormatException(String message) {
    super(message);
  }
}
