package dev.moult.linux.file;

import com.sun.jna.LastErrorException;
import com.sun.jna.Pointer;
import dev.moult.linux.CLibrary;
import java.nio.ByteBuffer;

/** Reading and writing bytes. */
final class IoNative {
  static {
    CLibrary.link(IoNative.class);
  }

  static native long read(int fd, byte[] data, long size) throws LastErrorException;

  static native long pread(int fd, byte[] data, long size, long offset) throws LastErrorException;

  static native long pread(int fd, ByteBuffer data, long size, long offset)
      throws LastErrorException;

  static native long lseek(int fd, long offset, int whence) throws LastErrorException;

  static native long write(int fd, byte[] data, long size) throws LastErrorException;

  static native long pwrite(int fd, byte[] data, long size, long offset) throws LastErrorException;

  static native long pread(int fd, Pointer data, long size, long offset) throws LastErrorException;

  static native long pwrite(int fd, Pointer data, long size, long offset) throws LastErrorException;

  static native int pipe2(int[] ends, int flags) throws LastErrorException;

  private IoNative() {}
}
