package dev.moult.linux;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;

/**
 * Binds a holder class of {@code static native} methods to the C library of the process. For this
 * module's packages only: holders stay package-private, one per concern, so that a program links
 * what it uses and no more.
 */
public final class CLibrary {
  private CLibrary() {}

  /** Links all native methods of the holder; called from its static initializer. */
  public static void link(Class<?> holder) {
    // NATIVE: the process itself (dlopen(NULL)) has libc loaded; no search of the file system.
    Native.register(holder, NativeLibrary.getProcess());
  }
}
