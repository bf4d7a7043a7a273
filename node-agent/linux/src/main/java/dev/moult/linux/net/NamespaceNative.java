package dev.moult.linux.net;

import com.sun.jna.LastErrorException;
import dev.moult.linux.CLibrary;

/** setns and unshare, of the calling thread. */
final class NamespaceNative {
  static {
    CLibrary.link(NamespaceNative.class);
  }

  static native int setns(int fd, int type) throws LastErrorException;

  static native int unshare(int flags) throws LastErrorException;

  private NamespaceNative() {}
}
