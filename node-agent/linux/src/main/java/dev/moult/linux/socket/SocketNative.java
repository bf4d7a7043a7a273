package dev.moult.linux.socket;

import com.sun.jna.LastErrorException;
import com.sun.jna.Pointer;
import dev.moult.linux.CLibrary;
import org.jspecify.annotations.Nullable;

/** Sockets. */
final class SocketNative {
  static {
    CLibrary.link(SocketNative.class);
  }

  static native int socket(int domain, int type, int protocol) throws LastErrorException;

  static native int socketpair(int domain, int type, int protocol, int[] ends)
      throws LastErrorException;

  static native int bind(int fd, byte[] address, int length) throws LastErrorException;

  static native int listen(int fd, int backlog) throws LastErrorException;

  static native int connect(int fd, byte[] address, int length) throws LastErrorException;

  static native int accept4(int fd, @Nullable Pointer address, @Nullable Pointer length, int flags)
      throws LastErrorException;

  static native int shutdown(int fd, int how) throws LastErrorException;

  static native int getsockopt(int fd, int level, int option, int[] value, int[] length)
      throws LastErrorException;

  static native int setsockopt(int fd, int level, int option, long[] value, int length)
      throws LastErrorException;

  static native int setsockopt(int fd, int level, int option, byte[] value, int length)
      throws LastErrorException;

  static native long sendmsg(int fd, Pointer message, int flags) throws LastErrorException;

  static native long recvmsg(int fd, Pointer message, int flags) throws LastErrorException;

  private SocketNative() {}
}
