package dev.moult.wire;

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
      case "CreateRam" -> new CreateRam(in.natural(2), in.number(3), in.number(4));
      case "OpenFile" ->
          new OpenFile(
              in.natural(2),
              in.string(3),
              in.string(4),
              in.flag(5) ? Access.READ_WRITE : Access.READ);
      case "DupTty" -> new DupTty(in.natural(2), in.natural(3));
      default -> new Unknown(name, in.has(2) ? in.integer(2) : -1);
    };
  }
}
