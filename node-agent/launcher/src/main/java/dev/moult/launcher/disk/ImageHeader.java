package dev.moult.launcher.disk;

import dev.moult.launcher.LaunchException;
import dev.moult.wire.ImageFacts.Format;
import dev.moult.wire.LaunchReason;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * The first bytes of a user's disk image, as QEMU's docs/interop/qcow2.rst names them. What could
 * make a program open another file is refused here, before any sees it.
 *
 * @param format how the image is to be read
 * @param bytes the size that a guest sees
 */
record ImageHeader(Format format, long bytes) {
  /** Bytes of an image that are looked at. */
  static final int LENGTH = 512;

  private static final int QCOW2_MAGIC = 0x514649fb;
  private static final int VERSION = 4;
  private static final int BACKING_FILE_OFFSET = 8;
  private static final int CLUSTER_BITS = 20;
  private static final int SIZE = 24;
  private static final int CRYPT_METHOD = 32;
  private static final int INCOMPATIBLE_FEATURES = 72;

  private static final long CORRUPT = 1 << 1;
  private static final long EXTERNAL_DATA_FILE = 1 << 2;

  /** Dirty, corrupt, external data file, compression type, extended L2 entries. */
  private static final long KNOWN = 0x1f;

  private static final int SECTOR = 512;

  /** What people give a guest, and is neither raw nor qcow2. */
  private static final Map<String, String> OTHERS =
      Map.of(
          "KDMV", "a VMDK image",
          "COWD", "a VMDK image",
          "vhdxfile", "a VHDX image",
          "conectix", "a VHD image",
          "QED\0", "a QED image",
          "<<< ", "a VDI image",
          "\u001f\u008b", "compressed by gzip",
          "\u00fd7zXZ\0", "compressed by xz",
          "(\u00b5/\u00fd", "compressed by zstd",
          "LUKS\u00ba\u00be", "a LUKS volume");

  /**
   * Reads it.
   *
   * @param slot where the image is to lie
   * @param name the disk's
   * @param head its first bytes, at most {@value #LENGTH}
   * @param fileBytes the size of its file
   * @throws LaunchException when a guest cannot be given it
   */
  static ImageHeader read(int slot, String name, byte[] head, long fileBytes)
      throws LaunchException {
    ByteBuffer header = ByteBuffer.wrap(head);
    if (head.length >= 4 && header.getInt(0) == QCOW2_MAGIC) {
      return new ImageHeader(Format.QCOW2, qcow2(slot, name, header));
    }
    String start = new String(head, StandardCharsets.ISO_8859_1);
    for (Map.Entry<String, String> other : OTHERS.entrySet()) {
      if (start.startsWith(other.getKey())) {
        throw invalid(
            slot,
            name,
            "is " + other.getValue() + "; make it raw or qcow2 (qemu-img convert -O qcow2)");
      }
    }
    return new ImageHeader(Format.RAW, raw(slot, name, fileBytes));
  }

  /** Checks the size of a raw disk. */
  static long raw(int slot, String name, long bytes) throws LaunchException {
    if (bytes <= 0) {
      throw invalid(slot, name, "is empty");
    }
    if (bytes % SECTOR != 0) {
      throw invalid(
          slot,
          name,
          "has "
              + bytes
              + " bytes, no multiple of "
              + SECTOR
              + ": it is no raw disk image, or was cut short");
    }
    return bytes;
  }

  private static long qcow2(int slot, String name, ByteBuffer header) throws LaunchException {
    if (header.limit() < INCOMPATIBLE_FEATURES + Long.BYTES) {
      throw invalid(slot, name, "ends inside its qcow2 header");
    }
    int version = header.getInt(VERSION);
    if (version != 2 && version != 3) {
      throw invalid(slot, name, "is qcow2 of version " + version + "; 2 and 3 are known");
    }
    if (header.getLong(BACKING_FILE_OFFSET) != 0) {
      throw foreign(
          slot, name, "names a backing file; flatten it (qemu-img convert -O qcow2), or rebase it");
    }
    long features = version == 2 ? 0 : header.getLong(INCOMPATIBLE_FEATURES);
    if ((features & EXTERNAL_DATA_FILE) != 0) {
      throw foreign(
          slot, name, "keeps its data in another file; put it into one (qemu-img convert)");
    }
    if ((features & CORRUPT) != 0) {
      throw invalid(slot, name, "is marked as corrupt; repair it (qemu-img check -r all)");
    }
    if ((features & ~KNOWN) != 0) {
      throw invalid(
          slot, name, "needs features of qcow2 that are not known here: " + (features & ~KNOWN));
    }
    if (header.getInt(CRYPT_METHOD) != 0) {
      throw invalid(slot, name, "is encrypted; only the guest itself may encrypt its disk");
    }
    int clusterBits = header.getInt(CLUSTER_BITS);
    if (clusterBits < 9 || clusterBits > 21) {
      throw invalid(slot, name, "has clusters of 2^" + clusterBits + " bytes");
    }
    return raw(slot, name, header.getLong(SIZE));
  }

  private static LaunchException foreign(int slot, String name, String problem) {
    return new LaunchException(
        LaunchReason.DISK_BACKING_FILE,
        slot,
        "the image of disk " + name + " " + problem + ": it must be one file");
  }

  static LaunchException invalid(int slot, String name, String problem) {
    return new LaunchException(
        LaunchReason.DISK_IMAGE_INVALID, slot, "the image of disk " + name + " " + problem);
  }
}
