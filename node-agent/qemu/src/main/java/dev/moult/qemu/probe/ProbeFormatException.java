package dev.moult.qemu.probe;

import java.io.IOException;

/** The probe's bytes are not what a QEMU answers. The image is broken or lies. */
public final class ProbeFormatException extends IOException {
  ProbeFormatException(String message) {
    super(message);
  }
}
