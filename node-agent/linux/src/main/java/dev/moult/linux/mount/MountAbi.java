package dev.moult.linux.mount;

import dev.moult.linux.CExpression;
import dev.moult.linux.CHeader;

/** Constants of the new mount calls, x86-64. */
@CHeader({"sys/syscall.h", "linux/mount.h"})
final class MountAbi {
  @CExpression("SYS_fsopen")
  static final int SYS_FSOPEN = 430;

  @CExpression("SYS_fsconfig")
  static final int SYS_FSCONFIG = 431;

  @CExpression("SYS_fsmount")
  static final int SYS_FSMOUNT = 432;

  static final int FSOPEN_CLOEXEC = 1;
  static final int FSMOUNT_CLOEXEC = 1;
  static final int FSCONFIG_SET_STRING = 1;
  static final int FSCONFIG_CMD_CREATE = 6;
  static final int MOUNT_ATTR_NOSUID = 0x2;
  static final int MOUNT_ATTR_NODEV = 0x4;
  static final int MOUNT_ATTR_NOEXEC = 0x8;

  private MountAbi() {}
}
