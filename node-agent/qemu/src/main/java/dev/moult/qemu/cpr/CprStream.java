package dev.moult.qemu.cpr;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads one cpr stream piece by piece and says what of it to pass on. Each piece is answered with
 * the bytes to forward (nearly always the same) and what was recognised in them. Descriptors are
 * counted, not touched: the relay sends those of a piece with the bytes of that piece.
 *
 * <p>Format, as QEMU 10.0 to 11.1 write it: {@code QCPR}, be32 version 1; per entry {@code 01},
 * be32 name length, name with ending NUL, be32 id, one byte that carries the descriptor; {@code
 * 00}; subsections ({@code 05}, length, name, be32 version, body). QEMU flushes before it sends a
 * descriptor, and the kernel ends a read at one, so a descriptor belongs to the oldest entry that
 * waits for one.
 */
public final class CprStream {

  /** Most bytes of a stream. A small guest's has about 400. */
  public static final int MAX_BYTES = 64 * 1024;

  /** Most descriptors of a stream. */
  public static final int MAX_DESCRIPTORS = 64;

  private static final byte[] MAGIC = {'Q', 'C', 'P', 'R'};
  private static final String VFIO = "CprState/vfio devices";
  private static final int MAX_NAME = 256;

  /** What to do with the empty VFIO subsection that 11.1 writes and 10.0 refuses. */
  public enum EmptyVfio {
    /** Pass it on: B knows it. */
    KEEP,
    /** Take it out: B is 10.0 or older. A filled one is an error. */
    DROP
  }

  /**
   * The answer to one piece.
   *
   * @param forward bytes to pass on; may be empty while the stream ends, and always holds at least
   *     one byte when the piece came with descriptors
   * @param items what was recognised, in order
   */
  public record Piece(ByteBuffer forward, List<CprItem> items) {}

  private enum State {
    MAGIC_AND_VERSION,
    ENTRY,
    SUBSECTION,
    OPAQUE // an unknown subsection: its end cannot be told
  }

  private final EmptyVfio emptyVfio;
  private State state = State.MAGIC_AND_VERSION;
  private final byte[] held = new byte[512]; // the element being read; the longest has 266 bytes
  private int heldLength;
  private int total;
  private int received;
  private int named;

  /** A reader of one stream. */
  public CprStream(EmptyVfio emptyVfio) {
    this.emptyVfio = emptyVfio;
  }

  /**
   * Takes what one read gave.
   *
   * @param bytes all remaining bytes are consumed
   * @param descriptors how many descriptors came with them
   * @throws CprFormatException when the stream breaks the format or a limit; pass nothing on
   */
  public Piece feed(ByteBuffer bytes, int descriptors) throws CprFormatException {
    total += bytes.remaining();
    received += descriptors;
    if (total > MAX_BYTES || received > MAX_DESCRIPTORS) {
      throw new CprFormatException(
          "more than " + MAX_BYTES + " bytes or " + MAX_DESCRIPTORS + " descriptors");
    }
    if (descriptors > 0 && (state != State.ENTRY && state != State.MAGIC_AND_VERSION)) {
      throw new CprFormatException("a descriptor after the list");
    }
    ByteBuffer forward = ByteBuffer.allocate(heldLength + bytes.remaining());
    List<CprItem> items = new ArrayList<>();
    while (bytes.hasRemaining()) {
      step(bytes.get(), forward, items);
    }
    return new Piece(forward.flip(), List.copyOf(items));
  }

  /** Whether the list has ended and every descriptor has its name. */
  public boolean complete() {
    boolean ended = state == State.SUBSECTION || state == State.OPAQUE;
    return ended && heldLength == 0 && named == received;
  }

  /**
   * To be called when A has closed its side.
   *
   * @throws CprFormatException when the stream is cut short or a descriptor has no name
   */
  public void end() throws CprFormatException {
    if (!complete()) {
      throw new CprFormatException(
          "the stream ends in its middle, after %d bytes and %d of %d descriptors"
              .formatted(total, named, received));
    }
  }

  private void step(byte next, ByteBuffer forward, List<CprItem> items) throws CprFormatException {
    switch (state) {
      case MAGIC_AND_VERSION -> {
        forward.put(next);
        hold(next);
        header(items);
      }
      case ENTRY -> {
        forward.put(next);
        hold(next);
        entry(items);
      }
      case SUBSECTION -> {
        hold(next); // passed on or dropped as a whole
        subsection(forward, items);
      }
      case OPAQUE -> forward.put(next);
    }
  }

  private void header(List<CprItem> items) throws CprFormatException {
    if (heldLength <= 4 && held[heldLength - 1] != MAGIC[heldLength - 1]) {
      throw new CprFormatException("not a cpr stream");
    }
    if (heldLength == 8) {
      int version = ByteBuffer.wrap(held, 4, 4).getInt();
      if (version != 1) {
        throw new CprFormatException("format version " + version);
      }
      items.add(new CprItem.Header(version));
      next(State.ENTRY);
    }
  }

  private void entry(List<CprItem> items) throws CprFormatException {
    if (heldLength == 1) {
      if (held[0] == 0) {
        items.add(new CprItem.EndOfList(named));
        next(State.SUBSECTION);
      } else if (held[0] != 1) {
        throw new CprFormatException("neither an entry nor the end of the list");
      }
      return;
    }
    if (heldLength < 5) {
      return;
    }
    int length = ByteBuffer.wrap(held, 1, 4).getInt();
    if (length < 2 || length > MAX_NAME) {
      throw new CprFormatException("a name of " + length + " bytes");
    }
    // 1 mark, 4 length, name, 4 id, 1 byte that carries the descriptor
    if (heldLength == 5 + length + 5) {
      if (named == received) {
        throw new CprFormatException("an entry without a descriptor");
      }
      items.add(
          new CprItem.Descriptor(
              named, name(5, length), ByteBuffer.wrap(held, 5 + length, 4).getInt()));
      named++;
      next(State.ENTRY);
    }
  }

  private String name(int offset, int length) throws CprFormatException {
    if (held[offset + length - 1] != 0) {
      throw new CprFormatException("a name without its end");
    }
    return printable(offset, length - 1);
  }

  private String printable(int offset, int length) throws CprFormatException {
    for (int i = offset; i < offset + length; i++) {
      if (held[i] < 0x20 || held[i] == 0x7f) {
        throw new CprFormatException("a name that is not printable ASCII");
      }
    }
    return new String(held, offset, length, StandardCharsets.US_ASCII);
  }

  private void subsection(ByteBuffer forward, List<CprItem> items) throws CprFormatException {
    if (held[0] != 5) {
      throw new CprFormatException("neither a subsection nor the end");
    }
    int header = heldLength < 2 ? Integer.MAX_VALUE : 2 + (held[1] & 0xff) + 4;
    if (heldLength < header) {
      return;
    }
    String name = printable(2, header - 6);
    int version = ByteBuffer.wrap(held, header - 4, 4).getInt();
    if (!name.equals(VFIO)) {
      pass(forward, items, new CprItem.Subsection(name, version, false, false), State.OPAQUE);
    } else if (heldLength > header) {
      vfio(forward, items, version, held[header] == 0);
    }
  }

  private void vfio(ByteBuffer forward, List<CprItem> items, int version, boolean empty)
      throws CprFormatException {
    if (emptyVfio == EmptyVfio.KEEP) {
      State after = empty ? State.SUBSECTION : State.OPAQUE;
      pass(forward, items, new CprItem.Subsection(VFIO, version, empty, false), after);
    } else if (empty) {
      items.add(new CprItem.Subsection(VFIO, version, true, true));
      next(State.SUBSECTION);
    } else {
      throw new CprFormatException("VFIO devices for a QEMU that cannot take them");
    }
  }

  private void pass(ByteBuffer forward, List<CprItem> items, CprItem item, State after) {
    forward.put(held, 0, heldLength);
    items.add(item);
    next(after);
  }

  private void next(State after) {
    state = after;
    heldLength = 0;
  }

  private void hold(byte next) {
    held[heldLength++] = next;
  }
}
