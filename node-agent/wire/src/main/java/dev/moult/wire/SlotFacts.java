package dev.moult.wire;

/**
 * What one descriptor is, by fstat and fcntl: enough to recognise it later.
 *
 * @param slot its number
 * @param kind what it refers to
 * @param device {@code st_dev}
 * @param inode {@code st_ino}
 * @param rdev {@code st_rdev}; 0 for anything but a device node
 * @param size bytes of a file or memfd; 0 for anything else
 * @param seals {@code F_GET_SEALS}; 0 where it has none
 * @param writable open for writing
 */
public record SlotFacts(
    int slot, Kind kind, long device, long inode, long rdev, long size, int seals, boolean writable)
    implements Encodable {

  /** What a descriptor refers to. */
  public enum Kind {
    /** A regular file, memfds included. */
    FILE,
    /** A directory, the meeting place included. */
    DIRECTORY,
    /** A character device: terminal, tap, /dev/kvm. */
    CHARACTER_DEVICE,
    /** A block device. */
    BLOCK_DEVICE,
    /** A socket. */
    SOCKET,
    /** A pipe. */
    PIPE,
    /** Anything else. */
    OTHER;

    static Kind of(int code) {
      Kind[] all = values();
      return code >= 0 && code < all.length ? all[code] : OTHER;
    }
  }

  /** The same file behind the same kind of descriptor, whatever its slot. */
  public boolean sameFile(SlotFacts other) {
    return kind == other.kind
        && device == other.device
        && inode == other.inode
        && rdev == other.rdev;
  }

  @Override
  @SuppressWarnings("EnumOrdinal") // the constants are never reordered
  public void write(FieldWriter out) {
    out.integer(1, slot)
        .integer(2, kind.ordinal())
        .number(3, device)
        .number(4, inode)
        .number(5, rdev)
        .number(6, size)
        .integer(7, seals)
        .flag(8, writable);
  }

  static SlotFacts read(Fields in) throws WireException {
    return new SlotFacts(
        in.natural(1),
        Kind.of(in.integer(2)),
        in.number(3),
        in.number(4),
        in.number(5),
        in.number(6),
        in.integer(7),
        in.flag(8));
  }
}
