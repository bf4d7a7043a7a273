package dev.moult.linux.net;

import com.sun.jna.LastErrorException;
import com.sun.jna.Pointer;
import dev.moult.linux.CLibrary;

/** ioctl with a pointer, with one int by reference, and with a value. */
final class TapNative {
  static {
    CLibrary.link(TapNative.class);
  }

  static native int ioctl(int fd, long request, Pointer argument) throws LastErrorException;

  static native int ioctl(int fd, long request, int[] argument) throws LastErrorException;

  static native int ioctl(int fd, long request, long argument) throws LastErrorException;

  private TapNative() {}
}
