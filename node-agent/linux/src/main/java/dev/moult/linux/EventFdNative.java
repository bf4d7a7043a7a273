package dev.moult.linux;

import com.sun.jna.LastErrorException;

/** eventfd and its 8-byte counter. */
final class EventFdNative {
  static {
    CLibrary.link(EventFdNative.class);
  }

  static native int eventfd(int initial, int flags) throws LastErrorException;

  static native long read(int fd, long[] counter, long size) throws LastErrorException;

  static native long write(int fd, long[] counter, long size) throws LastErrorException;

  private EventFdNative() {}
}
