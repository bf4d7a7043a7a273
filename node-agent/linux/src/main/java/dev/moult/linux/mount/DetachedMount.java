package dev.moult.linux.mount;

import com.sun.jna.LastErrorException;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;

/**
 * A second mount of a directory that lies nowhere in the file system: whoever works through it
 * keeps nobody from unmounting the first. It lasts as long as a descriptor of it, or a socket bound
 * in it.
 */
public final class DetachedMount {
  private DetachedMount() {}

  /**
   * Clones the mount that a directory (borrowed, O_PATH will do) lies on, without mounts beneath
   * it. Needs CAP_SYS_ADMIN.
   *
   * @return the same directory in the clone (as O_PATH), owned by the caller
   */
  public static Fd of(Fd directory) throws LinuxException {
    try {
      return Fd.adopt(
          (int)
              MountNative.syscall(
                  MountAbi.SYS_OPEN_TREE,
                  directory.number(),
                  "",
                  MountAbi.OPEN_TREE_CLONE | MountAbi.OPEN_TREE_CLOEXEC | MountAbi.AT_EMPTY_PATH));
    } catch (LastErrorException e) {
      throw LinuxException.from("open_tree(OPEN_TREE_CLONE)", e);
    }
  }
}
