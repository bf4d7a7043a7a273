package dev.moult.linux;

/** Constants of descriptors, polling and clocks, x86-64. */
@CHeader({"fcntl.h", "poll.h", "time.h", "sys/eventfd.h", "linux/close_range.h"})
final class FdAbi {
  static final int F_DUPFD_CLOEXEC = 1030;

  static final int POLLIN = 0x1;
  static final int POLLPRI = 0x2;
  static final int POLLOUT = 0x4;
  static final int POLLERR = 0x8;
  static final int POLLHUP = 0x10;
  static final int POLLNVAL = 0x20;
  static final int POLLRDHUP = 0x2000;

  @CExpression("sizeof(struct pollfd)")
  static final int POLLFD_SIZE = 8;

  @CExpression("offsetof(struct pollfd, fd)")
  static final int POLLFD_FD = 0;

  @CExpression("offsetof(struct pollfd, events)")
  static final int POLLFD_EVENTS = 4;

  @CExpression("offsetof(struct pollfd, revents)")
  static final int POLLFD_REVENTS = 6;

  @CExpression("sizeof(struct timespec)")
  static final int TIMESPEC_SIZE = 16;

  @CExpression("offsetof(struct timespec, tv_sec)")
  static final int TIMESPEC_SEC = 0;

  @CExpression("offsetof(struct timespec, tv_nsec)")
  static final int TIMESPEC_NSEC = 8;

  static final int CLOCK_MONOTONIC = 1;
  static final int CLOCK_BOOTTIME = 7;

  static final int EFD_CLOEXEC = 0x80000;
  static final int EFD_NONBLOCK = 0x800;

  private FdAbi() {}
}
