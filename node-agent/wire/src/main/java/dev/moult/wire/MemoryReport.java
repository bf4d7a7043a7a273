package dev.moult.wire;

/** What a memory container says of its work: progress each second, then one end. */
public sealed interface MemoryReport extends Message {
  /** The work, as the agent named it. */
  String work();

  /**
   * It goes on.
   *
   * @param work which
   * @param done bytes that are dealt with
   * @param total bytes in all; 0 while that is not known
   */
  record Progress(String work, long done, long total) implements MemoryReport {
    static final int TYPE = 9;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public void write(FieldWriter out) {
      out.string(1, work).number(2, done).number(3, total);
    }

    static Progress read(Fields in) throws WireException {
      return new Progress(in.uid(1), in.number(2), in.number(3));
    }
  }

  /**
   * It is done, and on the disk if it writes there.
   *
   * @param work which
   * @param bytes that were saved, filled or read
   * @param micros how long it took
   */
  record Finished(String work, long bytes, long micros) implements MemoryReport {
    static final int TYPE = 10;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public void write(FieldWriter out) {
      out.string(1, work).number(2, bytes).number(3, micros);
    }

    static Finished read(Fields in) throws WireException {
      return new Finished(in.uid(1), in.number(2), in.number(3));
    }
  }

  /**
   * It failed. A save left no file; a fill left the file as it was, and the RAM half filled.
   *
   * @param work which
   * @param reason why, CamelCase, as users see it
   * @param errno the system's error number; 0 if there is none
   * @param message a sentence for people
   */
  record Failed(String work, String reason, int errno, String message) implements MemoryReport {
    static final int TYPE = 11;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public void write(FieldWriter out) {
      out.string(1, work).string(2, reason).integer(3, errno).string(4, message);
    }

    static Failed read(Fields in) throws WireException {
      return new Failed(in.uid(1), in.word(2), in.integer(3), in.sentence(4));
    }
  }
}
