package dev.moult.linux.mount;

import com.sun.jna.LastErrorException;
import dev.moult.linux.CLibrary;
import org.jspecify.annotations.Nullable;

/** The new mount calls by number, one fixed signature for each. */
final class MountNative {
  static {
    CLibrary.link(MountNative.class);
  }

  /** open_tree. */
  static native long syscall(long number, long directory, String path, long flags)
      throws LastErrorException;

  /** fsopen. */
  static native long syscall(long number, String fileSystem, long flags) throws LastErrorException;

  /** fsconfig. */
  static native long syscall(
      long number, long fd, long command, @Nullable String key, @Nullable String value, long aux)
      throws LastErrorException;

  /** fsmount. */
  static native long syscall(long number, long fd, long flags, long attributes)
      throws LastErrorException;

  private MountNative() {}
}
