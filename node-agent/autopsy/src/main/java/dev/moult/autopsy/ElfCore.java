package dev.moult.autopsy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A guest's RAM as an ELF core of x86-64, as QEMU's {@code dump-guest-memory} and {@code
 * /proc/vmcore} have it: an {@code NT_PRSTATUS} for each vCPU (without registers: they end with
 * QEMU), the kernel's {@code VMCOREINFO} if one is found, and the RAM by physical addresses. What
 * makedumpfile, crash and drgn read. Written in one go, never held.
 */
public final class ElfCore {
  private static final int HEADER = 64;
  private static final int PROGRAM_HEADER = 56;
  private static final int NOTE_HEADER = 12;
  private static final int PRSTATUS_BYTES = 336; // sizeof(struct elf_prstatus), sys/procfs.h
  private static final int PRSTATUS_PID = 32;
  private static final int NT_PRSTATUS = 1;
  private static final short ET_CORE = 4;
  private static final short EM_X86_64 = 62;
  private static final int PT_LOAD = 1;
  private static final int PT_NOTE = 4;
  private static final int READ_WRITE_EXECUTE = 7;
  private static final int MOST_CPUS = 4096;

  private final GuestRam ram;
  private final byte[] start;
  private final List<String> remarks;

  private ElfCore(GuestRam ram, byte[] start, List<String> remarks) {
    this.ram = ram;
    this.start = start;
    this.remarks = List.copyOf(remarks);
  }

  /**
   * The core of that RAM.
   *
   * @param ram borrowed, until this is written
   * @param cpus the guest's vCPUs
   */
  public static ElfCore of(GuestRam ram, int cpus) throws AutopsyException {
    if (cpus < 1 || cpus > MOST_CPUS) {
      throw new IllegalArgumentException(cpus + " vCPUs");
    }
    List<String> remarks = new ArrayList<>();
    remarks.add("the vCPUs' registers ended with the QEMU that had them");
    byte[] kernel;
    try {
      kernel = KernelLog.find(ram, remarks).kernel().text();
    } catch (AutopsyException e) {
      kernel = new byte[0];
      remarks.add("without VMCOREINFO: " + e.getMessage());
    }
    return new ElfCore(ram, start(ram.layout(), notes(cpus, kernel)), remarks);
  }

  /** What could not be read, and what was chosen. */
  public List<String> remarks() {
    return remarks;
  }

  /** How many bytes it has. */
  public long bytes() {
    return start.length + ram.layout().bytes();
  }

  /**
   * Writes all of it; blocks as the stream does, which stays open.
   *
   * @throws AutopsyException if the RAM can be read no more
   */
  public void write(OutputStream out) throws IOException, AutopsyException {
    out.write(start);
    byte[] bytes = new byte[GuestRam.BLOCK];
    for (RamLayout.Segment segment : ram.layout().segments()) {
      for (long done = 0; done < segment.bytes(); ) {
        int part = (int) Math.min(GuestRam.BLOCK, segment.bytes() - done);
        ram.block(segment.offset() + done, part).get(bytes, 0, part);
        out.write(bytes, 0, part);
        done += part;
      }
    }
  }

  private static byte[] notes(int cpus, byte[] kernel) {
    int room = cpus * (NOTE_HEADER + 8 + PRSTATUS_BYTES) + NOTE_HEADER + 12 + kernel.length + 3;
    ByteBuffer notes = little(room);
    for (int cpu = 1; cpu <= cpus; cpu++) {
      byte[] status = new byte[PRSTATUS_BYTES];
      ByteBuffer.wrap(status).order(ByteOrder.LITTLE_ENDIAN).putInt(PRSTATUS_PID, cpu);
      note(notes, "CORE", NT_PRSTATUS, status);
    }
    if (kernel.length > 0) {
      note(notes, "VMCOREINFO", 0, kernel);
    }
    byte[] all = new byte[notes.position()];
    notes.flip().get(all);
    return all;
  }

  private static void note(ByteBuffer notes, String name, int type, byte[] content) {
    byte[] letters = (name + "\0").getBytes(StandardCharsets.US_ASCII);
    notes.putInt(letters.length).putInt(content.length).putInt(type).put(letters);
    fill(notes);
    notes.put(content);
    fill(notes);
  }

  private static void fill(ByteBuffer notes) {
    while (notes.position() % Integer.BYTES != 0) {
      notes.put((byte) 0);
    }
  }

  private static byte[] start(RamLayout layout, byte[] notes) {
    int headers = 1 + layout.segments().size();
    int notesAt = HEADER + headers * PROGRAM_HEADER;
    int ramAt = (notesAt + notes.length + GuestRam.PAGE - 1) & -GuestRam.PAGE;
    ByteBuffer elf = little(ramAt);
    elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0}).putLong(0); // 64 bits, little-endian
    elf.putShort(ET_CORE).putShort(EM_X86_64).putInt(1);
    elf.putLong(0).putLong(HEADER).putLong(0).putInt(0); // entry, program headers, sections, flags
    elf.putShort((short) HEADER).putShort((short) PROGRAM_HEADER).putShort((short) headers);
    elf.putShort((short) 0).putShort((short) 0).putShort((short) 0);
    header(elf, PT_NOTE, 0, notesAt, 0, notes.length, 0);
    for (RamLayout.Segment each : layout.segments()) {
      header(
          elf,
          PT_LOAD,
          READ_WRITE_EXECUTE,
          ramAt + each.offset(),
          each.physical(),
          each.bytes(),
          GuestRam.PAGE);
    }
    elf.put(notes);
    return elf.array();
  }

  private static void header(
      ByteBuffer elf, int type, int flags, long at, long physical, long bytes, long alignment) {
    elf.putInt(type).putInt(flags).putLong(at).putLong(0).putLong(physical);
    elf.putLong(bytes).putLong(type == PT_NOTE ? 0 : bytes).putLong(alignment);
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
