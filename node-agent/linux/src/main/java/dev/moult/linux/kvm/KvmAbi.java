package dev.moult.linux.kvm;

import dev.moult.linux.CExpression;
import dev.moult.linux.CHeader;

/** Constants and layouts of KVM, x86-64. */
@CHeader({"sys/mman.h", "signal.h", "linux/kvm.h"})
final class KvmAbi {
  static final int KVM_API_VERSION = 12;
  static final int KVM_GET_API_VERSION = 0xae00;
  static final int KVM_CREATE_VM = 0xae01;
  static final int KVM_CHECK_EXTENSION = 0xae03;
  static final int KVM_GET_VCPU_MMAP_SIZE = 0xae04;
  static final int KVM_CREATE_VCPU = 0xae41;
  static final int KVM_SET_TSS_ADDR = 0xae47;
  static final int KVM_RUN = 0xae80;
  static final int KVM_SET_USER_MEMORY_REGION = 0x4020ae46;
  static final int KVM_SET_REGS = 0x4090ae82;
  static final int KVM_GET_SREGS = 0x8138ae83;
  static final int KVM_SET_SREGS = 0x4138ae84;
  static final int KVM_SET_SIGNAL_MASK = 0x4004ae8b;

  static final int KVM_CAP_MAX_VCPUS = 66;

  static final int KVM_EXIT_IO = 2;
  static final int KVM_EXIT_SHUTDOWN = 8;
  static final int KVM_EXIT_FAIL_ENTRY = 9;
  static final int KVM_EXIT_INTERNAL_ERROR = 17;

  @CExpression("offsetof(struct kvm_run, exit_reason)")
  static final int RUN_EXIT_REASON = 8;

  @CExpression("offsetof(struct kvm_run, io.port)")
  static final int RUN_IO_PORT = 34;

  @CExpression("offsetof(struct kvm_run, io.data_offset)")
  static final int RUN_IO_DATA_OFFSET = 40;

  @CExpression("sizeof(struct kvm_userspace_memory_region)")
  static final int REGION_SIZE = 32;

  @CExpression("offsetof(struct kvm_userspace_memory_region, memory_size)")
  static final int REGION_MEMORY_SIZE = 16;

  @CExpression("offsetof(struct kvm_userspace_memory_region, userspace_addr)")
  static final int REGION_USERSPACE_ADDR = 24;

  @CExpression("sizeof(struct kvm_regs)")
  static final int REGS_SIZE = 144;

  @CExpression("offsetof(struct kvm_regs, rsp)")
  static final int REGS_RSP = 48;

  @CExpression("offsetof(struct kvm_regs, rip)")
  static final int REGS_RIP = 128;

  @CExpression("offsetof(struct kvm_regs, rflags)")
  static final int REGS_RFLAGS = 136;

  @CExpression("sizeof(struct kvm_sregs)")
  static final int SREGS_SIZE = 312;

  @CExpression("offsetof(struct kvm_sregs, cs)")
  static final int SREGS_CS = 0;

  @CExpression("offsetof(struct kvm_sregs, ds)")
  static final int SREGS_DS = 24;

  @CExpression("offsetof(struct kvm_sregs, ss)")
  static final int SREGS_SS = 120;

  @CExpression("offsetof(struct kvm_sregs, cr0)")
  static final int SREGS_CR0 = 224;

  @CExpression("offsetof(struct kvm_sregs, cr3)")
  static final int SREGS_CR3 = 240;

  @CExpression("offsetof(struct kvm_sregs, cr4)")
  static final int SREGS_CR4 = 248;

  @CExpression("offsetof(struct kvm_sregs, efer)")
  static final int SREGS_EFER = 264;

  @CExpression("sizeof(struct kvm_segment)")
  static final int SEGMENT_SIZE = 24;

  @CExpression("offsetof(struct kvm_segment, base)")
  static final int SEGMENT_BASE = 0;

  @CExpression("offsetof(struct kvm_segment, limit)")
  static final int SEGMENT_LIMIT = 8;

  @CExpression("offsetof(struct kvm_segment, selector)")
  static final int SEGMENT_SELECTOR = 12;

  @CExpression("offsetof(struct kvm_segment, type)")
  static final int SEGMENT_TYPE = 14;

  @CExpression("offsetof(struct kvm_segment, present)")
  static final int SEGMENT_PRESENT = 15;

  @CExpression("offsetof(struct kvm_segment, db)")
  static final int SEGMENT_DB = 17;

  @CExpression("offsetof(struct kvm_segment, s)")
  static final int SEGMENT_S = 18;

  @CExpression("offsetof(struct kvm_segment, l)")
  static final int SEGMENT_L = 19;

  @CExpression("offsetof(struct kvm_segment, g)")
  static final int SEGMENT_G = 20;

  @CExpression("offsetof(struct kvm_signal_mask, sigset)")
  static final int SIGNAL_MASK_SET = 4;

  @CExpression("sizeof(sigset_t)")
  static final int SIGSET_SIZE = 128;

  static final int SIG_BLOCK = 0;

  static final int PROT_READ = 1;
  static final int PROT_WRITE = 2;
  static final int MAP_SHARED = 1;
  static final int MAP_ANONYMOUS = 0x20;

  private KvmAbi() {}
}
