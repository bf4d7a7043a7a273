package dev.moult.linux.file;

import com.sun.jna.LastErrorException;
import com.sun.jna.Pointer;
import dev.moult.linux.CLibrary;
import org.jspecify.annotations.Nullable;

/** Mapping of files. */
final class MapNative {
  static {
    CLibrary.link(MapNative.class);
  }

  static native Pointer mmap(
      @Nullable Pointer address, long length, int protection, int flags, int fd, long offset)
      throws LastErrorException;

  static native int munmap(Pointer address, long length) throws LastErrorException;

  private MapNative() {}
}
