package dev.moult.linux.file;

/** What openat2 refuses on the way ({@code linux/openat2.h}). */
public enum Resolve {
  /** Nothing outside the directory: no absolute name, no {@code ..} above it (EXDEV). */
  BENEATH(FileAbi.RESOLVE_BENEATH),
  /** No symbolic link in any component (ELOOP). */
  NO_SYMLINKS(FileAbi.RESOLVE_NO_SYMLINKS),
  /** No magic link as those of {@code /proc/self/fd} (ELOOP). */
  NO_MAGIC_LINKS(FileAbi.RESOLVE_NO_MAGICLINKS),
  /** No crossing of a mount point (EXDEV). */
  NO_OTHER_MOUNT(FileAbi.RESOLVE_NO_XDEV),
  /** The directory is taken as root: absolute names and links stay inside. */
  IN_ROOT(FileAbi.RESOLVE_IN_ROOT);

  final int bit;

  Resolve(int bit) {
    this.bit = bit;
  }
}
