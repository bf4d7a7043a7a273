package dev.moult.linux.file;

import com.sun.jna.LastErrorException;
import com.sun.jna.Pointer;
import dev.moult.linux.CLibrary;

/** Terminal attributes. */
final class TtyNative {
  static {
    CLibrary.link(TtyNative.class);
  }

  static native int tcgetattr(int fd, Pointer termios) throws LastErrorException;

  static native int tcsetattr(int fd, int when, Pointer termios) throws LastErrorException;

  static native int tcflow(int fd, int action) throws LastErrorException;

  static native int ioctl(int fd, long request, int[] argument) throws LastErrorException;

  static native void cfmakeraw(Pointer termios);

  private TtyNative() {}
}
