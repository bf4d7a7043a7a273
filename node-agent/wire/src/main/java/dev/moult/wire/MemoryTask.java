package dev.moult.wire;

/**
 * What a VM's memory container is to do with files of a user's volume. Each is coded under its
 * name, so that an old launcher can refuse by name.
 */
public sealed interface MemoryTask extends Encodable {
  /** The task's name on the wire. */
  String name();

  /** How the guest's RAM goes with it, before what the agent attached. */
  default Ram ram() {
    return Ram.NONE;
  }

  /** How many descriptors the agent attaches. */
  default int attached() {
    return 0;
  }

  /** What a task needs of the guest's RAM. */
  enum Ram {
    /** Nothing. */
    NONE,
    /** To read it. */
    READ,
    /** To write it. */
    WRITE
  }

  /**
   * Saves RAM and state, whole or not at all. Attached: the state behind its header.
   *
   * @param directory absolute path of the volume
   * @param ramPath the RAM's file in it
   * @param statePath the state's file in it
   * @param bytes size of the RAM
   */
  record Save(String directory, String ramPath, String statePath, long bytes)
      implements MemoryTask {
    @Override
    public String name() {
      return "Save";
    }

    @Override
    public Ram ram() {
      return Ram.READ;
    }

    @Override
    public int attached() {
      return 1;
    }

    @Override
    public void write(FieldWriter out) {
      out.string(1, name())
          .string(2, directory)
          .string(3, ramPath)
          .string(4, statePath)
          .number(5, bytes);
    }
  }

  /**
   * Fills the guest's RAM from a file, which is never written.
   *
   * @param directory absolute path of the volume
   * @param path the file in it
   * @param bytes size of the RAM
   * @param held whether the state that was read belongs to it: then its sums are compared
   */
  record Fill(String directory, String path, long bytes, boolean held) implements MemoryTask {
    @Override
    public String name() {
      return "Fill";
    }

    @Override
    public Ram ram() {
      return Ram.WRITE;
    }

    @Override
    public void write(FieldWriter out) {
      out.string(1, name()).string(2, directory).string(3, path).number(5, bytes).flag(6, held);
    }
  }

  /**
   * Takes a state, so that nobody else does, proves it whole, and copies all of its file. Attached:
   * an empty file for the copy. The state stays taken until {@link Release}, the next one, or the
   * end of the connection.
   *
   * @param directory absolute path of the volume
   * @param path the state's file in it
   * @param shared it is a template's: many may load it, and its file is not written
   */
  record ReadState(String directory, String path, boolean shared) implements MemoryTask {
    @Override
    public String name() {
      return "ReadState";
    }

    @Override
    public int attached() {
      return 1;
    }

    @Override
    public void write(FieldWriter out) {
      out.string(1, name()).string(2, directory).string(3, path).flag(6, shared);
    }
  }

  /**
   * Takes the state that was read a step on; it is on the disk before this is finished.
   *
   * @param step 1: loaded, 2: consumed
   * @param by who takes it; whoever did not hear that it was done asks again under the same word
   */
  record SetStep(int step, String by) implements MemoryTask {
    @Override
    public String name() {
      return "SetStep";
    }

    @Override
    public void write(FieldWriter out) {
      out.string(1, name()).integer(7, step).string(8, by);
    }
  }

  /** Lets go of the state that was read: others may take it. */
  record Release() implements MemoryTask {
    @Override
    public String name() {
      return "Release";
    }

    @Override
    public void write(FieldWriter out) {
      out.string(1, name());
    }
  }

  /**
   * Removes RAM and state that a guest of this VM has run from.
   *
   * @param directory absolute path of the volume
   * @param ramPath the RAM's file in it
   * @param statePath the state's file in it
   * @param vmUid whose they must be
   */
  record Discard(String directory, String ramPath, String statePath, String vmUid)
      implements MemoryTask {
    @Override
    public String name() {
      return "Discard";
    }

    @Override
    public void write(FieldWriter out) {
      out.string(1, name())
          .string(2, directory)
          .string(3, ramPath)
          .string(4, statePath)
          .string(9, vmUid);
    }
  }

  /** Ends the work under way as soon as it can be ended; that work then says that it failed. */
  record Cancel() implements MemoryTask {
    @Override
    public String name() {
      return "Cancel";
    }

    @Override
    public void write(FieldWriter out) {
      out.string(1, name());
    }
  }

  /**
   * A task of a newer agent, which is refused.
   *
   * @param name what it is called
   */
  record Unknown(String name) implements MemoryTask {
    @Override
    public void write(FieldWriter out) {
      out.string(1, name);
    }
  }

  /** Reads one task; an unknown name becomes {@link Unknown}. */
  static MemoryTask read(Fields in) throws WireException {
    String name = in.word(1);
    return switch (name) {
      case "Save" -> new Save(in.string(2), in.string(3), in.string(4), in.number(5));
      case "Fill" -> new Fill(in.string(2), in.string(3), in.number(5), in.flag(6));
      case "ReadState" -> new ReadState(in.string(2), in.string(3), in.flag(6));
      case "SetStep" -> new SetStep(in.natural(7), in.word(8));
      case "Release" -> new Release();
      case "Discard" -> new Discard(in.string(2), in.string(3), in.string(4), in.uid(9));
      case "Cancel" -> new Cancel();
      default -> new Unknown(name);
    };
  }
}
