package dev.moult.autopsy;

import java.util.HashMap;
import java.util.Map;

/**
 * The kernel's own page tables: from its addresses to physical ones, with four levels or five. The
 * depth is fixed, so tables that point in a circle end like all others.
 */
final class PageTables {
  /** Where the kernel's image is mapped: {@code __START_KERNEL_map}. */
  private static final long KERNEL_MAP = 0xffff_ffff_8000_0000L;

  private static final long KERNEL_MAP_BYTES = 1L << 31;

  private static final long PRESENT = 1;
  private static final long LARGE = 1 << 7;
  private static final long ADDRESS = 0x000f_ffff_ffff_f000L;
  private static final int PAGE_BITS = 12;
  private static final int INDEX_BITS = 9;
  private static final int MOST_REMEMBERED = 16_384;

  private final GuestRam ram;
  private final long root;
  private final int levels;
  private final long mask;
  private final Map<Long, Long> pages = new HashMap<>();

  private PageTables(GuestRam ram, long root, int levels, long mask) {
    this.ram = ram;
    this.root = root;
    this.levels = levels;
    this.mask = mask;
  }

  /** Those that the kernel's note leads to. */
  static PageTables of(GuestRam ram, VmcoreInfo kernel) throws AutopsyException {
    long top = kernel.symbol("swapper_pg_dir");
    if (top - KERNEL_MAP < 0 || top - KERNEL_MAP >= KERNEL_MAP_BYTES || top % GuestRam.PAGE != 0) {
      throw new AutopsyException(
          AutopsyException.Kind.UNREADABLE,
          "the kernel's page tables at 0x%x are not in its image".formatted(top));
    }
    return new PageTables(
        ram,
        top - KERNEL_MAP + kernel.number("phys_base"),
        kernel.numberOr("pgtable_l5_enabled", 0) == 0 ? 4 : 5,
        ADDRESS & ~kernel.numberOr("sme_mask", 0));
  }

  /**
   * Reads at an address of the kernel.
   *
   * @throws AutopsyException if not all of it is mapped, to RAM
   */
  byte[] read(long address, int length) throws AutopsyException {
    byte[] bytes = new byte[length];
    for (int done = 0; done < length; ) {
      long at = address + done;
      int part = Math.min(length - done, GuestRam.PAGE - (int) (at & (GuestRam.PAGE - 1)));
      ram.read(physical(at), bytes, done, part);
      done += part;
    }
    return bytes;
  }

  private long physical(long address) throws AutopsyException {
    Long page = address >>> PAGE_BITS;
    Long known = pages.get(page);
    if (known == null) {
      known = walk(address & -GuestRam.PAGE);
      if (pages.size() < MOST_REMEMBERED) {
        pages.put(page, known);
      }
    }
    return known + (address & (GuestRam.PAGE - 1));
  }

  private long walk(long address) throws AutopsyException {
    long table = root;
    for (int level = levels; level > 0; level--) {
      int shift = PAGE_BITS + INDEX_BITS * (level - 1);
      long index = (address >>> shift) & ((1 << INDEX_BITS) - 1);
      long entry = ram.readLong(table + index * Long.BYTES);
      if ((entry & PRESENT) == 0) {
        throw new AutopsyException(
            AutopsyException.Kind.UNREADABLE,
            "the kernel's address 0x%x is not mapped (level %d)".formatted(address, level));
      }
      if (level == 1) {
        return entry & mask;
      }
      if ((entry & LARGE) != 0 && level <= 3) {
        long within = (1L << shift) - 1;
        return (entry & mask & ~within) + (address & within);
      }
      table = entry & mask;
    }
    throw new IllegalStateException("no last level");
  }
}
