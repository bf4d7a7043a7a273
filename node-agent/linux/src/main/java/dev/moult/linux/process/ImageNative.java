package dev.moult.linux.process;

import com.sun.jna.LastErrorException;
import com.sun.jna.Pointer;
import dev.moult.linux.CLibrary;
import org.jspecify.annotations.Nullable;

/** What is needed to become another program. */
final class ImageNative {
  static {
    CLibrary.link(ImageNative.class);
  }

  static native int pthread_sigmask(int how, Pointer set, @Nullable Pointer old);

  static native int execve(Pointer path, Pointer argv, Pointer envp) throws LastErrorException;

  static native int dup2(int from, int to) throws LastErrorException;

  static native int fcntl(int fd, int command, int argument) throws LastErrorException;

  /** close_range, by number: glibc has it only since 2.34. */
  static native long syscall(long number, long first, long last, long flags)
      throws LastErrorException;

  static native int umask(int mask);

  static native long write(int fd, Pointer data, long size) throws LastErrorException;

  static native void _exit(int status);

  private ImageNative() {}
}
