package dev.moult.wire;

import org.jspecify.annotations.Nullable;

/** One step of a plan. Each is coded under its name, so that an old launcher can refuse by name. */
public sealed interface Operation extends Encodable {
  /** The operation's name on the wire. */
  String name();

  /** The slot that the operation fills. */
  int slot();

  /** How a file of the pod's own mounts is opened. */
  enum Access {
    /** O_RDONLY. */
    READ,
    /** O_RDWR. */
    READ_WRITE
  }

  /**
   * Puts the next descriptor of the packet at a slot.
   *
   * @param slot the descriptor's number after exec
   */
  record Receive(int slot) implements Operation {
    @Override
    public String name() {
      return "Receive";
    }

    @Override
    public void write(FieldWriter out) {
      out.string(1, name()).integer(2, slot);
    }
  }

  /**
   * Makes the guest's RAM: a memfd, allocated at once (so that the charge and the failure come now)
   * and sealed against any change of its size.
   *
   * @param slot the descriptor's number after exec
   * @param bytes its size
   * @param hugePageBytes size of its pages; 0 for the system's ordinary ones
   */
  record CreateRam(int slot, long bytes, long hugePageBytes) implements Operation {
    @Override
    public String name() {
      return "CreateRam";
    }

    @Override
    public void write(FieldWriter out) {
      out.string(1, name()).integer(2, slot).number(3, bytes).number(4, hugePageBytes);
    }
  }

  /**
   * Overwrites the RAM at a slot with zeros: a guest that is started anew finds none of the last
   * one's. Its pages stay, and stay charged to whom they are.
   *
   * @param slot a slot that was filled before
   */
  record EmptyRam(int slot) implements Operation {
    @Override
    public String name() {
      return "EmptyRam";
    }

    @Override
    public void write(FieldWriter out) {
      out.string(1, name()).integer(2, slot);
    }
  }

  /**
   * Opens a file of the pod's own mounts, beneath a directory as if that were the root: symbolic
   * links are followed inside it and cannot leave it.
   *
   * @param slot the descriptor's number after exec
   * @param directory absolute path of the directory
   * @param path path inside the directory
   * @param access how it is opened
   */
  record OpenFile(int slot, String directory, String path, Access access) implements Operation {
    @Override
    public String name() {
      return "OpenFile";
    }

    @Override
    public void write(FieldWriter out) {
      out.string(1, name())
          .integer(2, slot)
          .string(3, directory)
          .string(4, path)
          .flag(5, access == Access.READ_WRITE);
    }
  }

  /**
   * Duplicates the pod's terminal, in raw mode and blocking.
   *
   * @param slot the descriptor's number after exec
   * @param from the terminal's number now (0: the pod's stdin)
   */
  record DupTty(int slot, int from) implements Operation {
    @Override
    public String name() {
      return "DupTty";
    }

    @Override
    public void write(FieldWriter out) {
      out.string(1, name()).integer(2, slot).integer(3, from);
    }
  }

  /**
   * Opens a disk image to read. Its format is told by its first bytes; one that names files of its
   * own choice is refused.
   *
   * @param slot the descriptor's number after exec
   * @param disk the disk's name, for messages
   * @param directory absolute path of the directory, which the path cannot leave
   * @param path path inside the directory
   */
  record OpenImage(int slot, String disk, String directory, String path) implements Operation {
    @Override
    public String name() {
      return "OpenImage";
    }

    @Override
    public void write(FieldWriter out) {
      out.string(1, name()).integer(2, slot).string(3, disk).string(4, directory).string(5, path);
    }
  }

  /**
   * Makes an empty qcow2 image, as large as the guest sees an image that is open already. It does
   * not name that image: whoever opens it must say what lies beneath.
   *
   * @param slot the descriptor's number after exec
   * @param disk the disk's name, for messages
   * @param base the slot of the image beneath
   * @param file where it is made, absolute; what was there is overwritten
   */
  record MakeOverlay(int slot, String disk, int base, String file) implements Operation {
    @Override
    public String name() {
      return "MakeOverlay";
    }

    @Override
    public void write(FieldWriter out) {
      out.string(1, name()).integer(2, slot).string(3, disk).integer(4, base).string(5, file);
    }
  }

  /**
   * Opens a raw disk: a file of the pod's mounts, or a block device.
   *
   * @param slot the descriptor's number after exec
   * @param disk the disk's name, for messages
   * @param directory absolute path of the directory, which the path cannot leave
   * @param path path inside the directory
   * @param access how it is opened
   * @param bytes the size of a file that is not there and is made, sparse; 0: it must be there
   */
  record OpenDisk(int slot, String disk, String directory, String path, Access access, long bytes)
      implements Operation {
    @Override
    public String name() {
      return "OpenDisk";
    }

    @Override
    public void write(FieldWriter out) {
      out.string(1, name())
          .integer(2, slot)
          .string(3, disk)
          .string(4, directory)
          .string(5, path)
          .flag(6, access == Access.READ_WRITE)
          .number(7, bytes);
    }
  }

  /**
   * Makes an empty raw disk, sparse.
   *
   * @param slot the descriptor's number after exec
   * @param disk the disk's name, for messages
   * @param file where it is made, absolute; what was there is overwritten
   * @param bytes its size
   */
  record MakeDisk(int slot, String disk, String file, long bytes) implements Operation {
    @Override
    public String name() {
      return "MakeDisk";
    }

    @Override
    public void write(FieldWriter out) {
      out.string(1, name()).integer(2, slot).string(3, disk).string(4, file).number(5, bytes);
    }
  }

  /**
   * Makes a seed for cloud-init (NoCloud, an ISO 9660 file system called {@code cidata}) and opens
   * it to read.
   *
   * @param slot the descriptor's number after exec
   * @param disk the disk's name, for messages
   * @param file where it is made, absolute; what was there is overwritten
   * @param metaData the file {@code meta-data}
   * @param secret directory with the keys of a Secret, to take the others from; null if they are
   *     given here
   * @param userData the file {@code user-data}, unless there is a Secret
   * @param networkData the file {@code network-config}; null if there is none
   */
  record MakeSeed(
      int slot,
      String disk,
      String file,
      String metaData,
      @Nullable String secret,
      @Nullable String userData,
      @Nullable String networkData)
      implements Operation {
    @Override
    public String name() {
      return "MakeSeed";
    }

    @Override
    public void write(FieldWriter out) {
      out.string(1, name())
          .integer(2, slot)
          .string(3, disk)
          .string(4, file)
          .string(5, metaData)
          .string(6, secret)
          .string(7, userData)
          .string(8, networkData);
    }
  }

  /**
   * Copies a file of the image, and opens the copy to read and write: the firmware's variables.
   *
   * @param slot the descriptor's number after exec
   * @param from the file to copy, absolute
   * @param file where the copy is made, absolute; what was there is overwritten
   */
  record CopyFile(int slot, String from, String file) implements Operation {
    @Override
    public String name() {
      return "CopyFile";
    }

    @Override
    public void write(FieldWriter out) {
      out.string(1, name()).integer(2, slot).string(3, from).string(4, file);
    }
  }

  /**
   * Opens a file that keeps the firmware's variables from run to run, to read and write; made from
   * those of the image if it is not there. Beneath its directory as {@link OpenFile} is.
   *
   * @param slot the descriptor's number after exec
   * @param from the variables to begin with, absolute
   * @param directory absolute path of the directory
   * @param path its name there
   */
  record KeepFile(int slot, String from, String directory, String path) implements Operation {
    @Override
    public String name() {
      return "KeepFile";
    }

    @Override
    public void write(FieldWriter out) {
      out.string(1, name()).integer(2, slot).string(3, from).string(4, directory).string(5, path);
    }
  }

  /**
   * An operation of a newer broker, which this launcher refuses.
   *
   * @param name what it is called
   * @param slot the slot it was to fill; -1 when it names none
   */
  record Unknown(String name, int slot) implements Operation {
    @Override
    public void write(FieldWriter out) {
      out.string(1, name).integer(2, slot);
    }
  }

  /** Reads one operation; an unknown name becomes {@link Unknown}. */
  static Operation read(Fields in) throws WireException {
    String name = in.string(1);
    return switch (name) {
      case "Receive" -> new Receive(in.natural(2));
      case "EmptyRam" -> new EmptyRam(in.natural(2));
      case "CreateRam" -> new CreateRam(in.natural(2), in.number(3), in.number(4));
      case "OpenFile" ->
          new OpenFile(
              in.natural(2),
              in.string(3),
              in.string(4),
              in.flag(5) ? Access.READ_WRITE : Access.READ);
      case "DupTty" -> new DupTty(in.natural(2), in.natural(3));
      case "OpenImage" -> new OpenImage(in.natural(2), in.word(3), in.string(4), in.string(5));
      case "MakeOverlay" -> new MakeOverlay(in.natural(2), in.word(3), in.natural(4), in.string(5));
      case "OpenDisk" ->
          new OpenDisk(
              in.natural(2),
              in.word(3),
              in.string(4),
              in.string(5),
              in.flag(6) ? Access.READ_WRITE : Access.READ,
              in.number(7));
      case "MakeDisk" -> new MakeDisk(in.natural(2), in.word(3), in.string(4), in.number(5));
      case "MakeSeed" ->
          new MakeSeed(
              in.natural(2),
              in.word(3),
              in.string(4),
              in.string(5),
              in.optionalString(6),
              in.optionalString(7),
              in.optionalString(8));
      case "CopyFile" -> new CopyFile(in.natural(2), in.string(3), in.string(4));
      case "KeepFile" -> new KeepFile(in.natural(2), in.string(3), in.string(4), in.string(5));
      default -> new Unknown(name, in.has(2) ? in.integer(2) : -1);
    };
  }
}
