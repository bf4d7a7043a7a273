package dev.moult.linux.file;

import com.sun.jna.LastErrorException;
import dev.moult.linux.CLibrary;

/** inotify. */
final class InotifyNative {
  static {
    CLibrary.link(InotifyNative.class);
  }

  static native int inotify_init1(int flags) throws LastErrorException;

  static native int inotify_add_watch(int fd, String path, int mask) throws LastErrorException;

  static native int inotify_rm_watch(int fd, int watch) throws LastErrorException;

  private InotifyNative() {}
}
