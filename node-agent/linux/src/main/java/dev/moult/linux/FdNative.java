package dev.moult.linux;

import com.sun.jna.LastErrorException;

/** close and fcntl with an integer argument. */
final class FdNative {
  static {
    CLibrary.link(FdNative.class);
  }

  static native int close(int fd) throws LastErrorException;

  static native int fcntl(int fd, int command, int argument) throws LastErrorException;

  private FdNative() {}
}
