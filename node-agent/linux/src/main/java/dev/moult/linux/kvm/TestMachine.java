package dev.moult.linux.kvm;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import org.jspecify.annotations.Nullable;

/** A virtual machine of one CPU and 64 KiB that runs one {@link GuestProgram}. */
final class TestMachine implements AutoCloseable {
  /** Below the 4 GiB border, where no memory of this machine lies; Intel CPUs need it. */
  private static final long TSS_ADDRESS = 0xfffbd000L;

  private static final int CR0_PE_MP_ET_NE_WP_AM_PG = 0x80050033;
  private static final int CR4_PAE = 0x20;
  private static final int EFER_LME_LMA = 0x500;
  private static final int RFLAGS_RESERVED = 2;
  private static final int CODE_SEGMENT = 11;
  private static final int DATA_SEGMENT = 3;
  private static final int KERNEL_SIGSET_SIZE = 8;

  private final Fd machine;
  private final Fd cpu;
  private final Pointer memory;
  private final Pointer run;
  private final int runSize;

  private TestMachine(Fd machine, Fd cpu, Pointer memory, Pointer run, int runSize) {
    this.machine = machine;
    this.cpu = cpu;
    this.memory = memory;
    this.run = run;
    this.runSize = runSize;
  }

  /** Ready to run the program. */
  static TestMachine create(Kvm kvm, GuestProgram program, int count) throws LinuxException {
    Fd machine = Fd.adopt(kvm.ask("KVM_CREATE_VM", KvmAbi.KVM_CREATE_VM, 0));
    try {
      int runSize = kvm.ask("KVM_GET_VCPU_MMAP_SIZE", KvmAbi.KVM_GET_VCPU_MMAP_SIZE, 0);
      value(machine, "KVM_SET_TSS_ADDR", KvmAbi.KVM_SET_TSS_ADDR, TSS_ADDRESS);
      Pointer memory = map(GuestProgram.MEMORY, KvmAbi.MAP_SHARED | KvmAbi.MAP_ANONYMOUS, -1);
      fill(memory, program, count);
      giveMemory(machine, memory);
      Fd cpu = Fd.adopt(value(machine, "KVM_CREATE_VCPU", KvmAbi.KVM_CREATE_VCPU, 0));
      // NATIVE: our own descriptor; the kernel keeps the page for as long as it is mapped.
      Pointer run = map(runSize, KvmAbi.MAP_SHARED, cpu.number());
      TestMachine made = new TestMachine(machine, cpu, memory, run, runSize);
      made.setRegisters(program);
      return made;
    } catch (LinuxException | RuntimeException e) {
      machine.close();
      throw e;
    }
  }

  /** While the CPU runs, only this signal ends the run; the thread itself has it blocked. */
  void interruptBy(int signal) throws LinuxException {
    try (Memory mask = new Memory(KvmAbi.SIGNAL_MASK_SET + KERNEL_SIGSET_SIZE)) {
      mask.setInt(0, KERNEL_SIGSET_SIZE);
      mask.setLong(KvmAbi.SIGNAL_MASK_SET, ~(1L << (signal - 1)));
      pointer(cpu, "KVM_SET_SIGNAL_MASK", KvmAbi.KVM_SET_SIGNAL_MASK, mask);
    }
  }

  /**
   * Runs until the guest does something that needs us.
   *
   * @return null when the guest gave its answer, else what happened instead
   * @throws LinuxException EINTR when interrupted
   */
  @Nullable String run() throws LinuxException {
    value(cpu, "KVM_RUN", KvmAbi.KVM_RUN, 0);
    int reason = run.getInt(KvmAbi.RUN_EXIT_REASON);
    if (reason != KvmAbi.KVM_EXIT_IO) {
      return "exit reason " + reason + name(reason);
    }
    int port = run.getShort(KvmAbi.RUN_IO_PORT) & 0xffff;
    int answer = run.getByte(run.getLong(KvmAbi.RUN_IO_DATA_OFFSET)) & 0xff;
    return port == GuestProgram.PORT && answer == GuestProgram.ANSWER
        ? null
        : "wrote " + answer + " to port " + port;
  }

  @Override
  public void close() {
    cpu.close();
    machine.close();
    try {
      KvmNative.Guest.munmap(run, runSize);
      KvmNative.Guest.munmap(memory, GuestProgram.MEMORY);
    } catch (LastErrorException e) {
      throw new IllegalStateException("munmap of our own mapping", e);
    }
  }

  private static String name(int reason) {
    return switch (reason) {
      case KvmAbi.KVM_EXIT_SHUTDOWN -> " (triple fault)";
      case KvmAbi.KVM_EXIT_FAIL_ENTRY -> " (the CPU refuses to enter the guest)";
      case KvmAbi.KVM_EXIT_INTERNAL_ERROR -> " (internal error of KVM)";
      default -> "";
    };
  }

  private static void fill(Pointer memory, GuestProgram program, int count) {
    byte[] code = program.code(count);
    memory.write(GuestProgram.START, code, 0, code.length);
    for (long[] entry : program.pageTables()) {
      memory.setLong(entry[0], entry[1]);
    }
  }

  private static void giveMemory(Fd machine, Pointer memory) throws LinuxException {
    try (Memory region = new Memory(KvmAbi.REGION_SIZE)) {
      region.clear();
      region.setLong(KvmAbi.REGION_MEMORY_SIZE, GuestProgram.MEMORY);
      region.setPointer(KvmAbi.REGION_USERSPACE_ADDR, memory);
      pointer(machine, "KVM_SET_USER_MEMORY_REGION", KvmAbi.KVM_SET_USER_MEMORY_REGION, region);
    }
  }

  private void setRegisters(GuestProgram program) throws LinuxException {
    try (Memory special = new Memory(KvmAbi.SREGS_SIZE);
        Memory general = new Memory(KvmAbi.REGS_SIZE)) {
      pointer(cpu, "KVM_GET_SREGS", KvmAbi.KVM_GET_SREGS, special);
      if (program == GuestProgram.LONG_MODE) {
        enterLongMode(special);
      } else {
        special.setLong(KvmAbi.SREGS_CS + KvmAbi.SEGMENT_BASE, 0);
        special.setShort(KvmAbi.SREGS_CS + KvmAbi.SEGMENT_SELECTOR, (short) 0);
      }
      pointer(cpu, "KVM_SET_SREGS", KvmAbi.KVM_SET_SREGS, special);
      general.clear();
      general.setLong(KvmAbi.REGS_RIP, GuestProgram.START);
      general.setLong(KvmAbi.REGS_RSP, GuestProgram.STACK);
      general.setLong(KvmAbi.REGS_RFLAGS, RFLAGS_RESERVED);
      pointer(cpu, "KVM_SET_REGS", KvmAbi.KVM_SET_REGS, general);
    }
  }

  private static void enterLongMode(Memory special) {
    special.setLong(KvmAbi.SREGS_CR3, GuestProgram.PAGE_MAP);
    special.setLong(KvmAbi.SREGS_CR4, CR4_PAE);
    special.setLong(KvmAbi.SREGS_CR0, Integer.toUnsignedLong(CR0_PE_MP_ET_NE_WP_AM_PG));
    special.setLong(KvmAbi.SREGS_EFER, EFER_LME_LMA);
    segment(special, KvmAbi.SREGS_CS, CODE_SEGMENT);
    for (int at = KvmAbi.SREGS_DS; at <= KvmAbi.SREGS_SS; at += KvmAbi.SEGMENT_SIZE) {
      segment(special, at, DATA_SEGMENT);
    }
  }

  private static void segment(Memory special, int at, int type) {
    special.setMemory(at, KvmAbi.SEGMENT_SIZE, (byte) 0);
    special.setInt(at + KvmAbi.SEGMENT_LIMIT, -1);
    special.setShort(at + KvmAbi.SEGMENT_SELECTOR, (short) (type == CODE_SEGMENT ? 8 : 16));
    special.setByte(at + KvmAbi.SEGMENT_TYPE, (byte) type);
    special.setByte(at + KvmAbi.SEGMENT_PRESENT, (byte) 1);
    special.setByte(at + KvmAbi.SEGMENT_S, (byte) 1);
    special.setByte(at + KvmAbi.SEGMENT_G, (byte) 1);
    boolean code = type == CODE_SEGMENT;
    special.setByte(at + KvmAbi.SEGMENT_L, (byte) (code ? 1 : 0));
    special.setByte(at + KvmAbi.SEGMENT_DB, (byte) (code ? 0 : 1));
  }

  private static Pointer map(long size, int flags, int fd) throws LinuxException {
    try {
      return KvmNative.Guest.mmap(null, size, KvmAbi.PROT_READ | KvmAbi.PROT_WRITE, flags, fd, 0);
    } catch (LastErrorException e) {
      throw LinuxException.from("mmap", e);
    }
  }

  /** No retry: an interrupted KVM_RUN is what the caller asked for. */
  private static int value(Fd fd, String name, int request, long argument) throws LinuxException {
    try {
      return KvmNative.ioctl(fd.number(), Integer.toUnsignedLong(request), argument);
    } catch (LastErrorException e) {
      throw LinuxException.from(name, e);
    }
  }

  private static void pointer(Fd fd, String name, int request, Pointer argument)
      throws LinuxException {
    try {
      KvmNative.ioctl(fd.number(), Integer.toUnsignedLong(request), argument);
    } catch (LastErrorException e) {
      throw LinuxException.from(name, e);
    }
  }

  /** Whether an error is the interruption of a run. */
  static boolean isInterruption(LinuxException error) {
    return error.is(Errno.EINTR);
  }
}
