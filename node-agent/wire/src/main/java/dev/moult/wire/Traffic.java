package dev.moult.wire;

/**
 * What went through a guest's network cards, as the guest sees it.
 *
 * @param received to the guest
 * @param sent by the guest
 */
public record Traffic(Way received, Way sent) implements Encodable {
  /**
   * One direction, since the tap was made.
   *
   * @param bytes of whole frames
   * @param packets frames
   * @param errors frames that were broken
   * @param drops frames that were thrown away, most often as nobody took them in time
   */
  public record Way(long bytes, long packets, long errors, long drops) implements Encodable {
    @Override
    public void write(FieldWriter out) {
      out.number(1, bytes).number(2, packets).number(3, errors).number(4, drops);
    }

    Way plus(Way other) {
      return new Way(
          bytes + other.bytes, packets + other.packets, errors + other.errors, drops + other.drops);
    }

    static Way read(Fields in) throws WireException {
      return new Way(in.number(1), in.number(2), in.number(3), in.number(4));
    }
  }

  /** Both together. */
  public Traffic plus(Traffic other) {
    return new Traffic(received.plus(other.received), sent.plus(other.sent));
  }

  @Override
  public void write(FieldWriter out) throws WireException {
    out.nested(1, received).nested(2, sent);
  }

  static Traffic read(Fields in) throws WireException {
    return new Traffic(in.nested(1, Way::read), in.nested(2, Way::read));
  }
}
