package dev.moult.linux.kvm;

import com.sun.jna.LastErrorException;
import com.sun.jna.Pointer;
import dev.moult.linux.CLibrary;
import org.jspecify.annotations.Nullable;

/** ioctl by value and by pointer. */
final class KvmNative {
  static {
    CLibrary.link(KvmNative.class);
  }

  static native int ioctl(int fd, long request, long argument) throws LastErrorException;

  static native int ioctl(int fd, long request, Pointer argument) throws LastErrorException;

  private KvmNative() {}

  /** Mapping and signals: for the self test only. */
  static final class Guest {
    static {
      CLibrary.link(Guest.class);
    }

    static native Pointer mmap(
        @Nullable Pointer address, long length, int protection, int flags, int fd, long offset)
        throws LastErrorException;

    static native int munmap(Pointer address, long length) throws LastErrorException;

    static native int pthread_sigmask(int how, Pointer set, @Nullable Pointer old);

    static native int sigtimedwait(Pointer set, @Nullable Pointer info, long[] timespec)
        throws LastErrorException;

    static native int gettid();

    static native int tgkill(int process, int thread, int signal) throws LastErrorException;

    private Guest() {}
  }
}
