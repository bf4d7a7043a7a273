package dev.moult.linux.file;

import com.sun.jna.LastErrorException;
import com.sun.jna.Pointer;
import dev.moult.linux.CLibrary;

/** Calls that change or ask about a file by its descriptor. */
final class ControlNative {
  static {
    CLibrary.link(ControlNative.class);
  }

  static native int fcntl(int fd, int command, int argument) throws LastErrorException;

  static native int fcntl(int fd, int command, Pointer argument) throws LastErrorException;

  static native int renameat(int fromDirectory, String from, int toDirectory, String to)
      throws LastErrorException;

  static native int fchmod(int fd, int mode) throws LastErrorException;

  static native int fchownat(int fd, String path, int uid, int gid, int flags)
      throws LastErrorException;

  static native int unlinkat(int directory, String name, int flags) throws LastErrorException;

  static native int mkdirat(int directory, String name, int mode) throws LastErrorException;

  static native long readlinkat(int directory, String name, byte[] target, long size)
      throws LastErrorException;

  static native int fstatfs(int fd, Pointer result) throws LastErrorException;

  static native int flock(int fd, int operation) throws LastErrorException;

  static native int fsync(int fd) throws LastErrorException;

  static native int ftruncate(int fd, long size) throws LastErrorException;

  static native int fallocate(int fd, int mode, long offset, long length) throws LastErrorException;

  private ControlNative() {}
}
