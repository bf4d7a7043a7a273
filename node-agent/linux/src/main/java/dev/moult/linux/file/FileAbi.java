package dev.moult.linux.file;

import dev.moult.linux.CExpression;
import dev.moult.linux.CHeader;
import dev.moult.linux.CSince;

/** Constants and layouts of files and memory files, x86-64. */
@CHeader({
  "linux/memfd.h",
  "fcntl.h",
  "unistd.h",
  "sys/stat.h",
  "sys/statfs.h",
  "sys/mman.h",
  "sys/file.h",
  "sys/syscall.h",
  "sys/inotify.h",
  "linux/openat2.h",
  "linux/magic.h",
  "termios.h",
  "sys/ioctl.h"
})
final class FileAbi {
  static final int AT_FDCWD = -100;
  static final int AT_EMPTY_PATH = 0x1000;
  static final int AT_SYMLINK_NOFOLLOW = 0x100;
  static final int AT_REMOVEDIR = 0x200;

  static final int O_ACCMODE = 3;
  static final int O_RDONLY = 0;
  static final int O_WRONLY = 1;
  static final int O_RDWR = 2;
  static final int O_CREAT = 0x40;
  static final int O_EXCL = 0x80;
  static final int O_NOCTTY = 0x100;
  static final int O_TRUNC = 0x200;
  static final int O_APPEND = 0x400;
  static final int O_NONBLOCK = 0x800;
  static final int O_DSYNC = 0x1000;
  static final int O_DIRECT = 0x4000;
  static final int O_DIRECTORY = 0x10000;
  static final int O_NOFOLLOW = 0x20000;
  static final int O_CLOEXEC = 0x80000;
  static final int O_PATH = 0x200000;

  @CExpression("SYS_openat2")
  static final int SYS_OPENAT2 = 437;

  @CExpression("sizeof(struct open_how)")
  static final int OPEN_HOW_SIZE = 24;

  @CExpression("offsetof(struct open_how, flags)")
  static final int OPEN_HOW_FLAGS = 0;

  @CExpression("offsetof(struct open_how, mode)")
  static final int OPEN_HOW_MODE = 8;

  @CExpression("offsetof(struct open_how, resolve)")
  static final int OPEN_HOW_RESOLVE = 16;

  static final int RESOLVE_NO_XDEV = 0x1;
  static final int RESOLVE_NO_MAGICLINKS = 0x2;
  static final int RESOLVE_NO_SYMLINKS = 0x4;
  static final int RESOLVE_BENEATH = 0x8;
  static final int RESOLVE_IN_ROOT = 0x10;

  static final int SEEK_DATA = 3;

  static final int STATX_BASIC_STATS = 0x7ff;

  @CExpression("sizeof(struct statx)")
  static final int STATX_SIZE = 256;

  @CExpression("offsetof(struct statx, stx_nlink)")
  static final int STX_NLINK = 16;

  @CExpression("offsetof(struct statx, stx_uid)")
  static final int STX_UID = 20;

  @CExpression("offsetof(struct statx, stx_gid)")
  static final int STX_GID = 24;

  @CExpression("offsetof(struct statx, stx_mode)")
  static final int STX_MODE = 28;

  @CExpression("offsetof(struct statx, stx_ino)")
  static final int STX_INO = 32;

  @CExpression("offsetof(struct statx, stx_size)")
  static final int STX_SIZE = 40;

  @CExpression("offsetof(struct statx, stx_blocks)")
  static final int STX_BLOCKS = 48;

  @CExpression("offsetof(struct statx, stx_rdev_major)")
  static final int STX_RDEV_MAJOR = 128;

  @CExpression("offsetof(struct statx, stx_rdev_minor)")
  static final int STX_RDEV_MINOR = 132;

  @CExpression("offsetof(struct statx, stx_dev_major)")
  static final int STX_DEV_MAJOR = 136;

  @CExpression("offsetof(struct statx, stx_dev_minor)")
  static final int STX_DEV_MINOR = 140;

  static final int S_IFMT = 0xf000;
  static final int S_IFSOCK = 0xc000;
  static final int S_IFLNK = 0xa000;
  static final int S_IFREG = 0x8000;
  static final int S_IFBLK = 0x6000;
  static final int S_IFDIR = 0x4000;
  static final int S_IFCHR = 0x2000;
  static final int S_IFIFO = 0x1000;

  @CExpression("sizeof(struct statfs)")
  static final int STATFS_SIZE = 120;

  @CExpression("offsetof(struct statfs, f_type)")
  static final int STATFS_TYPE = 0;

  @CExpression("offsetof(struct statfs, f_bsize)")
  static final int STATFS_BSIZE = 8;

  static final int TMPFS_MAGIC = 0x01021994;
  static final int PROC_SUPER_MAGIC = 0x9fa0;
  static final int SYSFS_MAGIC = 0x62656572;
  static final int CGROUP_SUPER_MAGIC = 0x27e0eb;
  static final int CGROUP2_SUPER_MAGIC = 0x63677270;
  static final int DEBUGFS_MAGIC = 0x64626720;
  static final int TRACEFS_MAGIC = 0x74726163;
  static final int SECURITYFS_MAGIC = 0x73636673;
  static final int BPF_FS_MAGIC = 0xcafe4a11;
  static final int HUGETLBFS_MAGIC = 0x958458f6;

  static final int F_GETFD = 1;
  static final int F_SETFD = 2;
  static final int F_GETFL = 3;
  static final int F_SETFL = 4;
  static final int FD_CLOEXEC = 1;
  static final int F_ADD_SEALS = 1033;
  static final int F_GET_SEALS = 1034;
  static final int F_SEAL_SEAL = 0x1;
  static final int F_SEAL_SHRINK = 0x2;
  static final int F_SEAL_GROW = 0x4;
  static final int F_SEAL_WRITE = 0x8;
  static final int F_SEAL_FUTURE_WRITE = 0x10;

  @CSince("6.3")
  static final int F_SEAL_EXEC = 0x20;

  static final int MFD_CLOEXEC = 0x1;
  static final int MFD_ALLOW_SEALING = 0x2;
  static final int MFD_HUGETLB = 0x4;

  @CSince("6.3")
  static final int MFD_NOEXEC_SEAL = 0x8;

  static final int MFD_HUGE_2MB = 21 << 26;
  static final int MFD_HUGE_1GB = 30 << 26;

  static final int PROT_READ = 1;
  static final int PROT_WRITE = 2;
  static final int MAP_SHARED = 1;
  static final int SEEK_HOLE = 4;

  static final int F_OFD_SETLK = 37;
  static final int F_WRLCK = 1;

  @CExpression("sizeof(struct flock)")
  static final int FLOCK_SIZE = 32;

  @CExpression("offsetof(struct flock, l_type)")
  static final int FLOCK_TYPE = 0;

  static final int LOCK_SH = 1;
  static final int LOCK_EX = 2;
  static final int LOCK_NB = 4;
  static final int LOCK_UN = 8;

  static final int IN_NONBLOCK = 0x800;
  static final int IN_CLOEXEC = 0x80000;
  static final int IN_MODIFY = 0x2;
  static final int IN_ATTRIB = 0x4;
  static final int IN_CLOSE_WRITE = 0x8;
  static final int IN_MOVED_FROM = 0x40;
  static final int IN_MOVED_TO = 0x80;
  static final int IN_CREATE = 0x100;
  static final int IN_DELETE = 0x200;
  static final int IN_DELETE_SELF = 0x400;
  static final int IN_MOVE_SELF = 0x800;
  static final int IN_UNMOUNT = 0x2000;
  static final int IN_Q_OVERFLOW = 0x4000;
  static final int IN_IGNORED = 0x8000;
  static final int IN_ONLYDIR = 0x1000000;
  static final int IN_DONT_FOLLOW = 0x2000000;
  static final int IN_ISDIR = 0x40000000;

  @CExpression("sizeof(struct inotify_event)")
  static final int INOTIFY_EVENT_SIZE = 16;

  @CExpression("offsetof(struct inotify_event, wd)")
  static final int INOTIFY_EVENT_WD = 0;

  @CExpression("offsetof(struct inotify_event, mask)")
  static final int INOTIFY_EVENT_MASK = 4;

  @CExpression("offsetof(struct inotify_event, len)")
  static final int INOTIFY_EVENT_LEN = 12;

  @CExpression("sizeof(struct termios)")
  static final int TERMIOS_SIZE = 60;

  static final int TCSANOW = 0;
  static final int TCOON = 1;
  static final int TIOCSETD = 0x5423;
  static final int TIOCGETD = 0x5424;
  static final int N_TTY = 0;

  private FileAbi() {}
}
