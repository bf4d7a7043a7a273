package dev.moult.linux.file;

import com.sun.jna.LastErrorException;
import com.sun.jna.Pointer;
import dev.moult.linux.CLibrary;

/** openat, and openat2 by number: glibc has no wrapper. */
final class OpenNative {
  static {
    CLibrary.link(OpenNative.class);
  }

  static native int openat(int directory, String path, int flags, int mode)
      throws LastErrorException;

  static native long syscall(long number, long directory, String path, Pointer how, long size)
      throws LastErrorException;

  private OpenNative() {}
}
