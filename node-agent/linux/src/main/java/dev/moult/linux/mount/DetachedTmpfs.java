package dev.moult.linux.mount;

import com.sun.jna.LastErrorException;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import org.jspecify.annotations.Nullable;

/**
 * A tmpfs that is mounted nowhere and reached by its descriptor alone: neutral ground for two
 * processes that share nothing else. It lasts as long as a descriptor of it.
 *
 * @param bytes most bytes it holds
 * @param inodes most files, its root included
 * @param uid owner of its root
 * @param gid group of its root
 * @param mode permission bits of its root
 */
public record DetachedTmpfs(long bytes, long inodes, int uid, int gid, int mode) {

  /**
   * Makes it: nosuid, nodev, noexec. Needs CAP_SYS_ADMIN.
   *
   * @return its root directory (as O_PATH), owned by the caller
   */
  public Fd mount() throws LinuxException {
    try (Fd context = open()) {
      set(context, "size", Long.toString(bytes));
      set(context, "nr_inodes", Long.toString(inodes));
      set(context, "uid", Integer.toString(uid));
      set(context, "gid", Integer.toString(gid));
      set(context, "mode", Integer.toOctalString(mode));
      config(context, MountAbi.FSCONFIG_CMD_CREATE, null, null);
      return Fd.adopt(
          (int)
              MountNative.syscall(
                  MountAbi.SYS_FSMOUNT,
                  context.number(),
                  MountAbi.FSMOUNT_CLOEXEC,
                  MountAbi.MOUNT_ATTR_NOSUID
                      | MountAbi.MOUNT_ATTR_NODEV
                      | MountAbi.MOUNT_ATTR_NOEXEC));
    } catch (LastErrorException e) {
      throw LinuxException.from("fsmount(tmpfs)", e);
    }
  }

  private static Fd open() throws LinuxException {
    try {
      return Fd.adopt(
          (int) MountNative.syscall(MountAbi.SYS_FSOPEN, "tmpfs", MountAbi.FSOPEN_CLOEXEC));
    } catch (LastErrorException e) {
      throw LinuxException.from("fsopen(tmpfs)", e);
    }
  }

  private static void set(Fd context, String key, String value) throws LinuxException {
    config(context, MountAbi.FSCONFIG_SET_STRING, key, value);
  }

  private static void config(Fd context, int command, @Nullable String key, @Nullable String value)
      throws LinuxException {
    try {
      MountNative.syscall(MountAbi.SYS_FSCONFIG, context.number(), command, key, value, 0);
    } catch (LastErrorException e) {
      throw LinuxException.from("fsconfig(tmpfs " + key + "=" + value + ")", e);
    }
  }
}
