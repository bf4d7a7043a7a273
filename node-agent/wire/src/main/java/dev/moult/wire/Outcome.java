package dev.moult.wire;

import java.util.List;

/** A launcher's last message, sent before it places its descriptors and calls execve. */
public sealed interface Outcome extends Message {

  /**
   * All operations succeeded.
   *
   * @param facts what each slot holds
   * @param images what the disks among them are
   */
  record Ok(List<SlotFacts> facts, List<ImageFacts> images) implements Outcome {
    static final int TYPE = 3;

    /** Copies the lists. */
    public Ok {
      facts = List.copyOf(facts);
      images = List.copyOf(images);
    }

    /** Of a launcher that opened no disks. */
    public Ok(List<SlotFacts> facts) {
      this(facts, List.of());
    }

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public void write(FieldWriter out) throws WireException {
      out.list(1, facts).list(2, images);
    }

    static Ok read(Fields in) throws WireException {
      return new Ok(
          in.list(1, Limits.SLOTS, SlotFacts::read), in.list(2, Limits.SLOTS, ImageFacts::read));
    }
  }

  /**
   * An operation failed; the launcher exits with status 1 after this.
   *
   * @param reason why
   * @param slot the slot that could not be filled; -1 if it is none's
   * @param errno the system's error number; 0 if there is none
   * @param message a sentence for people, with the path and the error's name
   */
  record Failed(LaunchReason reason, int slot, int errno, String message) implements Outcome {
    static final int TYPE = 4;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public void write(FieldWriter out) {
      out.string(1, reason.word()).integer(2, slot).integer(3, errno).string(4, message);
    }

    static Failed read(Fields in) throws WireException {
      return new Failed(
          LaunchReason.of(in.string(1)), in.integer(2), in.integer(3), in.sentence(4));
    }
  }
}
