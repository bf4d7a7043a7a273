package dev.moult.linux.file;

import com.sun.jna.LastErrorException;
import dev.moult.linux.CLibrary;

/** memfd_create. */
final class MemfdNative {
  static {
    CLibrary.link(MemfdNative.class);
  }

  static native int memfd_create(String name, int flags) throws LastErrorException;

  private MemfdNative() {}
}
