package dev.moult.autopsy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;

/**
 * The kernel's ring of messages ({@code kernel/printk/printk_ringbuffer.h} of Linux, from 5.10 on),
 * as it stands, without a lock. A record counts if its descriptor and its text both carry its
 * number; others were just being written, or were overwritten, and are counted as lost.
 */
final class PrintkRing {
  private static final int MOST_COUNT_BITS = 24;
  private static final int MOST_SIZE_BITS = 31;
  private static final long MOST_RECORDS = 1 << 20;
  private static final int MOST_STRUCTURE = 4096;

  /** What is held at most, in bytes of this Java's memory. */
  private static final int MOST_HELD = 4 << 20;

  /** What a line costs beside its characters. */
  private static final int LINE = 48;

  /** Of all texts: their blocks may overlap, so the ring's size is no bound. */
  private static final long MOST_TEXT = 8 << 20;

  /** What is read of descriptors and infos at once. */
  private static final int BATCH = 512;

  private static final int STATE_SHIFT = 62;
  private static final long ID = (1L << STATE_SHIFT) - 1;
  private static final int COMMITTED = 1;
  private static final int FINALIZED = 2;
  private static final int REUSABLE = 3;
  private static final long NANOS = 1_000_000_000;

  private final PageTables tables;
  private final VmcoreInfo kernel;
  private final Deque<String> lines = new ArrayDeque<>();
  private final int descriptorBytes;
  private final int stateAt;
  private final int beginAt;
  private final int nextAt;
  private final int infoBytes;
  private final int nanosAt;
  private final int lengthAt;
  private final int countBits;
  private final int sizeBits;
  private final long descriptors;
  private final long infos;
  private final long data;
  private final long tail;
  private final long head;
  private long held;
  private long lost;
  private long left;

  private PrintkRing(PageTables tables, VmcoreInfo kernel) throws AutopsyException {
    this.tables = tables;
    this.kernel = kernel;
    int counter = kernel.offset("atomic_long_t.counter", Long.BYTES, 64);
    descriptorBytes = kernel.size("prb_desc", 24, MOST_STRUCTURE);
    stateAt = kernel.offset("prb_desc.state_var", Long.BYTES, descriptorBytes) + counter;
    int block = kernel.offset("prb_desc.text_blk_lpos", 2 * Long.BYTES, descriptorBytes);
    int blockBytes = kernel.size("prb_data_blk_lpos", 2 * Long.BYTES, descriptorBytes - block);
    beginAt = block + kernel.offset("prb_data_blk_lpos.begin", Long.BYTES, blockBytes);
    nextAt = block + kernel.offset("prb_data_blk_lpos.next", Long.BYTES, blockBytes);
    infoBytes = kernel.size("printk_info", 24, MOST_STRUCTURE);
    nanosAt = kernel.offset("printk_info.ts_nsec", Long.BYTES, infoBytes);
    lengthAt = kernel.offset("printk_info.text_len", Short.BYTES, infoBytes);
    if (stateAt + Long.BYTES > descriptorBytes) {
      throw unreadable("a descriptor's state lies outside of it");
    }

    int ringBytes = kernel.size("printk_ringbuffer", 64, MOST_STRUCTURE);
    int ofDescriptors = kernel.offset("printk_ringbuffer.desc_ring", 40, ringBytes);
    int ofText = kernel.offset("printk_ringbuffer.text_data_ring", 32, ringBytes);
    ByteBuffer ring = read(pointer(kernel.symbol("prb")), ringBytes);
    countBits = bits(ring, ofDescriptors, "prb_desc_ring.count_bits", MOST_COUNT_BITS);
    descriptors = number(ring, ofDescriptors, "prb_desc_ring.descs");
    infos = number(ring, ofDescriptors, "prb_desc_ring.infos");
    head = counted(ring, ofDescriptors, "prb_desc_ring.head_id", counter);
    tail = counted(ring, ofDescriptors, "prb_desc_ring.tail_id", counter);
    sizeBits = bits(ring, ofText, "prb_data_ring.size_bits", MOST_SIZE_BITS);
    data = number(ring, ofText, "prb_data_ring.data");
    if (((head - tail) & ID) >= 1L << countBits) {
      throw unreadable("its messages from %d to %d are more than fit".formatted(tail, head));
    }
  }

  /**
   * What a ring held.
   *
   * @param lines as dmesg prints them, the oldest first
   * @param lost records that were being written or overwritten
   * @param left older lines that were left out, there being too many
   */
  record Messages(List<String> lines, long lost, long left) {}

  /** Reads all. */
  static Messages read(PageTables tables, VmcoreInfo kernel) throws AutopsyException {
    PrintkRing ring = new PrintkRing(tables, kernel);
    ring.walk();
    return new Messages(List.copyOf(ring.lines), ring.lost, ring.left);
  }

  private void walk() throws AutopsyException {
    long count = ((head - tail) & ID) + 1;
    long from = first(count);
    left += from;
    long all = 1L << countBits;
    while (from < count) {
      long first = (tail + from) & ID;
      long place = first & (all - 1);
      int batch = (int) Math.min(Math.min(BATCH, count - from), all - place);
      ByteBuffer states = read(descriptors + place * descriptorBytes, batch * descriptorBytes);
      ByteBuffer about = read(infos + place * infoBytes, batch * infoBytes);
      for (int i = 0; i < batch; i++) {
        record((first + i) & ID, states, i * descriptorBytes, about, i * infoBytes);
      }
      from += batch;
    }
  }

  /** The first record that is read: of more than are bearable the last. */
  private long first(long count) throws AutopsyException {
    long all = 1L << countBits;
    long least = Math.max(0, count - MOST_RECORDS);
    long text = 0;
    long from = count;
    while (from > least) {
      long last = (tail + from - 1) & ID & (all - 1);
      int batch = (int) Math.min(Math.min(BATCH, from - least), last + 1);
      ByteBuffer about = read(infos + (last + 1 - batch) * infoBytes, batch * infoBytes);
      for (int i = batch - 1; i >= 0; i--) {
        text += about.getShort(i * infoBytes + lengthAt) & 0xffff;
        if (text > MOST_TEXT) {
          return from;
        }
        from--;
      }
    }
    return from;
  }

  private void record(long id, ByteBuffer states, int state, ByteBuffer about, int info) {
    long variable = states.getLong(state + stateAt);
    int kind = (int) (variable >>> STATE_SHIFT);
    if (kind == REUSABLE) {
      return; // at the tail: given back
    }
    if ((kind != COMMITTED && kind != FINALIZED) || (variable & ID) != id) {
      lost++;
      return;
    }
    long begin = states.getLong(state + beginAt);
    long next = states.getLong(state + nextAt);
    int length = about.getShort(info + lengthAt) & 0xffff;
    String time = time(about.getLong(info + nanosAt));
    if ((begin & 1) != 0) {
      if (length == 0) {
        add(time);
      } else {
        lost++; // its text did not fit any more
      }
      return;
    }
    try {
      byte[] text = text(id, begin & mask(), next & mask(), length);
      int from = 0;
      for (int i = 0; i <= text.length; i++) {
        if (i == text.length || text[i] == '\n') {
          add(time + Printable.of(text, from, i - from));
          from = i + 1;
        }
      }
    } catch (AutopsyException e) {
      lost++;
    }
  }

  /**
   * A block begins with its record's number; one that would cross the ring's end is at its start.
   */
  private byte[] text(long id, long begin, long next, int length) throws AutopsyException {
    boolean wraps = begin > next;
    long at = wraps && word(0) == id ? 0 : begin;
    long end = wraps && at != 0 ? mask() + 1 : next;
    if (end - at < Long.BYTES || (at == begin && word(at) != id)) {
      throw unreadable("a message is overwritten");
    }
    return tables.read(data + at + Long.BYTES, (int) Math.min(length, end - at - Long.BYTES));
  }

  private long mask() {
    return (1L << sizeBits) - 1;
  }

  private long word(long at) throws AutopsyException {
    return read(data + at, Long.BYTES).getLong();
  }

  private void add(String line) {
    lines.add(line);
    held += LINE + line.length();
    while (held > MOST_HELD) {
      held -= LINE + lines.remove().length();
      left++;
    }
  }

  private static String time(long nanos) {
    return String.format(
        Locale.ROOT,
        "[%5d.%06d] ",
        Long.divideUnsigned(nanos, NANOS),
        Long.remainderUnsigned(nanos, NANOS) / 1000);
  }

  private long pointer(long address) throws AutopsyException {
    return read(address, Long.BYTES).getLong();
  }

  private ByteBuffer read(long address, int length) throws AutopsyException {
    return ByteBuffer.wrap(tables.read(address, length)).order(ByteOrder.LITTLE_ENDIAN);
  }

  private long number(ByteBuffer ring, int at, String name) throws AutopsyException {
    return ring.getLong(at + kernel.offset(name, Long.BYTES, ring.limit() - at));
  }

  private long counted(ByteBuffer ring, int at, String name, int counter) throws AutopsyException {
    int offset = at + kernel.offset(name, Long.BYTES, ring.limit() - at) + counter;
    if (offset + Long.BYTES > ring.limit()) {
      throw unreadable(name + " lies outside of it");
    }
    return ring.getLong(offset) & ID;
  }

  private int bits(ByteBuffer ring, int at, String name, int most) throws AutopsyException {
    int value = ring.getInt(at + kernel.offset(name, Integer.BYTES, ring.limit() - at));
    if (value < 1 || value > most) {
      throw unreadable("%s is %d".formatted(name, value));
    }
    return value;
  }

  private static AutopsyException unreadable(String why) {
    return new AutopsyException(
        AutopsyException.Kind.UNREADABLE, "the kernel's ring of messages cannot be read: " + why);
  }
}
