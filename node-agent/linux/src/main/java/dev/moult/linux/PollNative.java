package dev.moult.linux;

import com.sun.jna.LastErrorException;
import com.sun.jna.Pointer;
import org.jspecify.annotations.Nullable;

/** ppoll. */
final class PollNative {
  static {
    CLibrary.link(PollNative.class);
  }

  static native int ppoll(
      Pointer fds, long count, @Nullable Pointer timeout, @Nullable Pointer signalMask)
      throws LastErrorException;

  private PollNative() {}
}
