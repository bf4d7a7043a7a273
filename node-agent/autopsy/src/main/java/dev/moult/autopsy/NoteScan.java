package dev.moult.autopsy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds the VMCOREINFO notes in a guest's RAM. A kernel makes its note on pages of its own ({@code
 * kernel/vmcore_info.c}), so only the first bytes of each page are looked at, and holes not at all.
 */
final class NoteScan {
  private static final int NAME_BYTES = 11;
  private static final int DESCRIPTION_SIZE = 4;
  private static final int TYPE = 8;
  private static final int NAME = 12;
  private static final int HEADER = 24;
  private static final int MOST_BYTES = 16 * 1024;
  private static final int MOST_NOTES = 64;

  // "VMCOREINFO\0" and what fills the name up, little-endian
  private static final long NAME_FIRST = 0x4e49_4552_4f43_4d56L;
  private static final int NAME_REST = 0x0000_4f46;

  private NoteScan() {}

  /** The notes that are there, by their places, at most {@value #MOST_NOTES}. */
  static List<VmcoreInfo> find(GuestRam ram) throws AutopsyException {
    List<Long> places = new ArrayList<>();
    long size = ram.layout().bytes();
    long hole = 0;
    for (long at = 0; at < size && places.size() < MOST_NOTES; ) {
      if (at >= hole) {
        at = ram.nextData(at) & -GuestRam.PAGE;
        if (at >= size) {
          break;
        }
        hole = Math.min(size, (ram.nextHole(at) + GuestRam.PAGE - 1) & -GuestRam.PAGE);
        hole = Math.max(hole, at + GuestRam.PAGE); // another's write cannot keep this here for ever
      }
      int length = (int) Math.min(GuestRam.BLOCK, hole - at);
      look(ram.block(at, length), at, places);
      at += length;
    }
    List<VmcoreInfo> notes = new ArrayList<>();
    for (long place : places) {
      notes.add(read(ram, place));
    }
    return notes;
  }

  private static void look(ByteBuffer block, long at, List<Long> places) {
    for (int page = 0; page + HEADER <= block.limit(); page += GuestRam.PAGE) {
      if (block.getInt(page) == NAME_BYTES
          && block.getLong(page + NAME) == NAME_FIRST
          && block.getInt(page + NAME + Long.BYTES) == NAME_REST
          && block.getInt(page + TYPE) == 0
          && places.size() < MOST_NOTES) {
        places.add(at + page);
      }
    }
  }

  private static VmcoreInfo read(GuestRam ram, long place) throws AutopsyException {
    long left = ram.layout().bytes() - place - HEADER;
    long told = Integer.toUnsignedLong(ram.block(place, HEADER).getInt(DESCRIPTION_SIZE));
    byte[] text = new byte[(int) Math.min(Math.min(told, MOST_BYTES), left)];
    ram.block(place + HEADER, text.length).get(text);
    return VmcoreInfo.parse(text);
  }
}
