package dev.moult.linux.process;

import dev.moult.linux.CExpression;
import dev.moult.linux.CHeader;

/** What sched_setattr(2) takes, x86-64. */
@CHeader({"sys/syscall.h", "linux/sched.h", "linux/sched/types.h"})
final class ScheduleAbi {
  @CExpression("SYS_sched_setattr")
  static final int SYS_SCHED_SETATTR = 314;

  @CExpression("SYS_sched_getattr")
  static final int SYS_SCHED_GETATTR = 315;

  @CExpression("sizeof(struct sched_attr)")
  static final int SCHED_ATTR_SIZE = 56;

  @CExpression("offsetof(struct sched_attr, size)")
  static final int SCHED_ATTR_SIZE_FIELD = 0;

  @CExpression("offsetof(struct sched_attr, sched_runtime)")
  static final int SCHED_ATTR_RUNTIME = 24;

  private ScheduleAbi() {}
}
