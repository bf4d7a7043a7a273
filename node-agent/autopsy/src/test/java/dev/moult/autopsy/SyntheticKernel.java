package dev.moult.autopsy;

import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileIo;
import dev.moult.linux.file.Memfd;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A RAM with what a kernel keeps of its log, as {@code kernel/printk/printk_ringbuffer.c} writes
 * it: descriptors, texts that wrap, page tables. Everything can be made wrong.
 */
public final class SyntheticKernel implements AutoCloseable {
  /** Its bytes. */
  public static final int RAM = 16 << 20;

  private static final long VIRTUAL = 0xffff_ffff_8100_0000L;
  private static final int IMAGE = 2 << 20;
  private static final int TABLES = 0x1000;
  private static final int UTS = 0x10000;
  private static final int POINTER = 0x11000;
  private static final int RING = 0x11100;
  private static final int DESCRIPTORS = 0x20000;
  private static final int INFOS = 0x30000;
  private static final int DATA = 0x40000;
  private static final int COUNT_BITS = 5;
  private static final int SIZE_BITS = 12;
  private static final long ID = (1L << 62) - 1;
  private static final long FINALIZED = 2L << 62;

  private final Fd ram;
  private final Map<String, String> note = new LinkedHashMap<>();
  private final ByteBuffer image = ByteBuffer.allocate(IMAGE).order(ByteOrder.LITTLE_ENDIAN);
  private final int physical;
  private final List<long[]> written = new ArrayList<>(); // begin, next
  private long head = -(1L << COUNT_BITS) - 1;
  private long lpos = -(1L << SIZE_BITS);

  private SyntheticKernel(Fd ram, int physical, boolean fiveLevels, String release) {
    this.ram = ram;
    this.physical = physical;
    text(UTS + 130, release);
    image.putLong(POINTER, VIRTUAL + RING);
    image.putInt(RING, COUNT_BITS);
    image.putLong(RING + 8, VIRTUAL + DESCRIPTORS);
    image.putLong(RING + 16, VIRTUAL + INFOS);
    image.putInt(RING + 48, SIZE_BITS);
    image.putLong(RING + 56, VIRTUAL + DATA);
    tables(fiveLevels);
    note.put("OSRELEASE", release);
    symbol("init_uts_ns", UTS);
    note.put("OFFSET(uts_namespace.name)", "0");
    symbol("swapper_pg_dir", 0);
    symbol("prb", POINTER);
    note.put("NUMBER(phys_base)", String.valueOf(physical - 0x100_0000L));
    note.put("NUMBER(pgtable_l5_enabled)", fiveLevels ? "1" : "0");
    numbers("SIZE", "printk_ringbuffer 88 prb_desc 24 prb_data_blk_lpos 16 printk_info 88");
    numbers(
        "OFFSET",
        "printk_ringbuffer.desc_ring 0 printk_ringbuffer.text_data_ring 48"
            + " prb_desc_ring.count_bits 0 prb_desc_ring.descs 8 prb_desc_ring.infos 16"
            + " prb_desc_ring.head_id 24 prb_desc_ring.tail_id 32 prb_desc.state_var 0"
            + " prb_desc.text_blk_lpos 8 prb_data_blk_lpos.begin 0 prb_data_blk_lpos.next 8"
            + " printk_info.ts_nsec 8 printk_info.text_len 16 prb_data_ring.size_bits 0"
            + " prb_data_ring.data 8 atomic_long_t.counter 0");
    note.put("KERNELOFFSET", "0");
  }

  /** The only kernel of its RAM. */
  public static SyntheticKernel make(boolean fiveLevels) throws LinuxException {
    return new SyntheticKernel(
        Memfd.create("synthetic", RAM, Memfd.Pages.NORMAL), 0x40_0000, fiveLevels, "6.1.0-test");
  }

  /** One that was booted in the same RAM, elsewhere. */
  SyntheticKernel another(String release) throws LinuxException {
    return new SyntheticKernel(ram.dup(), 0x80_0000, false, release);
  }

  /** The memory, borrowed. */
  public Fd ram() {
    return ram;
  }

  /** Changes what the note says; null for nothing. */
  SyntheticKernel says(String name, String value) {
    if (value.isEmpty()) {
      note.remove(name);
    } else {
      note.put(name, value);
    }
    return this;
  }

  /** Changes eight bytes of the image. */
  SyntheticKernel set(int at, long value) {
    image.putLong(at, value);
    return this;
  }

  /** Changes one byte of the image. */
  void flip(int at, int bit) {
    image.put(at, (byte) (image.get(at) ^ (1 << bit)));
  }

  /** Where what is worth a change lies in the image. */
  static int interesting(int number) {
    int[] rooms = {
      0, 0xff8, TABLES, 2 * TABLES, 3 * TABLES, POINTER, RING, DESCRIPTORS, INFOS, DATA
    };
    int[] sizes = {64, 8, 4096, 4096, 256, 8, 88, 24 << COUNT_BITS, 88 << COUNT_BITS, 4096};
    int room = Math.floorMod(number, rooms.length);
    return rooms[room] + Math.floorMod(number / rooms.length, sizes[room]);
  }

  /** As printk does. */
  public SyntheticKernel says(long micros, String message) {
    byte[] bytes = message.getBytes(StandardCharsets.ISO_8859_1);
    long size = 1L << SIZE_BITS;
    int block = (8 + bytes.length + 7) & -8;
    long begin = lpos;
    boolean wraps = (begin & (size - 1)) + block > size;
    long next = wraps ? (begin | (size - 1)) + 1 + block : begin + block;
    head = (head + 1) & ID;
    int at = DATA + (int) (wraps ? 0 : begin & (size - 1));
    image.putLong(DATA + (int) (begin & (size - 1)), head);
    image.putLong(at, head);
    for (int i = 0; i < bytes.length; i++) {
      image.put(at + 8 + i, bytes[i]);
    }
    int slot = (int) (head & ((1 << COUNT_BITS) - 1));
    image.putLong(DESCRIPTORS + 24 * slot, FINALIZED | head);
    image.putLong(DESCRIPTORS + 24 * slot + 8, begin);
    image.putLong(DESCRIPTORS + 24 * slot + 16, next);
    image.putLong(INFOS + 88 * slot + 8, micros * 1000);
    image.putShort(INFOS + 88 * slot + 16, (short) bytes.length);
    lpos = next;
    written.add(new long[] {begin, next});
    long tail = written.size() - 1;
    while (tail > 0
        && written.size() - tail < (1 << COUNT_BITS) - 1
        && next - written.get((int) tail - 1)[0] <= size) {
      tail--;
    }
    image.putLong(RING + 24, head);
    image.putLong(RING + 32, (head - (written.size() - 1 - tail)) & ID);
    return this;
  }

  /** Writes it into the RAM. */
  public SyntheticKernel store() throws LinuxException {
    FileIo.writeAt(ram, physical, image.array());
    return storeNote(physical - 0x10_0000);
  }

  /** Writes the note alone. */
  SyntheticKernel storeNote(int at) throws LinuxException {
    StringBuilder lines = new StringBuilder();
    note.forEach((name, value) -> lines.append(name).append('=').append(value).append('\n'));
    return storeNote(at, lines.length(), lines.toString());
  }

  /** Writes a note that claims a length. */
  SyntheticKernel storeNote(int at, int claimed, String lines) throws LinuxException {
    ByteBuffer bytes = ByteBuffer.allocate(24 + lines.length()).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(11).putInt(claimed).putInt(0);
    bytes.put("VMCOREINFO\0\0".getBytes(StandardCharsets.US_ASCII));
    bytes.put(lines.getBytes(StandardCharsets.ISO_8859_1));
    FileIo.writeAt(ram, at, bytes.array());
    return this;
  }

  private void tables(boolean fiveLevels) {
    int level = 0; // the root is the image's first page
    if (fiveLevels) {
      image.putLong(511 * 8, entry(4 * TABLES));
      level = 4 * TABLES;
    }
    image.putLong(level + 511 * 8, entry(TABLES));
    image.putLong(TABLES + 510 * 8, entry(2 * TABLES));
    image.putLong(2 * TABLES + 8 * 8, entry(3 * TABLES));
    for (int page = 0; page < IMAGE / 4096; page++) {
      image.putLong(3 * TABLES + page * 8, entry(page * 4096));
    }
  }

  private long entry(int at) {
    return physical + at
        | 0x8000_0000_0000_0063L; // present, writable, accessed, dirty, no execution
  }

  private void symbol(String name, int at) {
    note.put("SYMBOL(" + name + ")", Long.toHexString(VIRTUAL + at));
  }

  private void numbers(String kind, String pairs) {
    String[] words = pairs.split(" ", -1);
    for (int i = 0; i < words.length; i += 2) {
      note.put(kind + "(" + words[i] + ")", words[i + 1]);
    }
  }

  private void text(int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < bytes.length; i++) {
      image.put(at + i, bytes[i]);
    }
  }

  @Override
  public void close() {
    ram.close();
  }
}
