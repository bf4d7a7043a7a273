package dev.moult.linux.mount;

import dev.moult.linux.CExpression;
import dev.moult.linux.CHeader;

/** Constants of the new mount calls, x86-64. */
@CHeader({"sys/syscall.h", "fcntl.h", "linux/mount.h"})
final class MountAbi {
  @CExpression("SYS_open_tree")
  static final int SYS_OPEN_TREE = 428;

  @CExpression("SYS_fsopen")
  static final int SYS_FSOPEN = 430;

  @CExpression("SYS_fsconfig")
  static final int SYS_FSCONFIG = 431;

  @CExpression("SYS_fsmount")
  static final int SYS_FSMOUNT = 432;

  static final int OPEN_TREE_CLONE = 1;
  static final int OPEN_TREE_CLOEXEC = 0x80000;
  static final int AT_EMPTY_PATH = 0x1000;
  static final int FSOPEN_CLOEXEC = 1;
  static final int FSMOUNT_CLOEXEC = 1;
  static final int FSCONFIG_SET_STRING = 1;
  static final int FSCONFIG_CMD_CREATE = 6;
  static final int MOUNT_ATTR_NOSUID = 0x2;
  static final int MOUNT_ATTR_NODEV = 0x4;
  static final int MOUNT_ATTR_NOEXEC = 0x8;

  private MountAbi() {}
}
