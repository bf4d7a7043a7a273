package dev.moult.linux.file;

import com.sun.jna.LastErrorException;
import com.sun.jna.Pointer;
import dev.moult.linux.CLibrary;

/** statx: its layout is the same on every architecture, unlike struct stat's. */
final class StatNative {
  static {
    CLibrary.link(StatNative.class);
  }

  static native int statx(int directory, String path, int flags, int mask, Pointer result)
      throws LastErrorException;

  private StatNative() {}
}
