package dev.moult.qemu.guestagent;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/**
 * What a guest agent sends, without what came before the mark (0xFF, which no JSON holds) that it
 * sets before its answer to {@code guest-sync-delimited}. A mark ends a line.
 */
final class MarkedBytes implements ReadableByteChannel {

  /** {@code QGA_SENTINEL_BYTE}, qga/main.c. */
  static final byte MARK = (byte) 0xFF;

  /** QEMU and its socket hold at most a few hundred kB that nobody has read. */
  static final int MOST_SKIPPED = 1024 * 1024;

  private final Pieces pieces;
  private boolean skipping;
  private int skipped;

  /** Where the bytes come from. */
  interface Pieces {
    /** The next ones, at most so many; empty at the end. */
    byte[] next(int most) throws IOException;
  }

  MarkedBytes(Pieces pieces) {
    this.pieces = pieces;
  }

  /** From here on all is skipped until the next mark. */
  void skipToMark() {
    skipping = true;
    skipped = 0;
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    if (!into.hasRemaining()) {
      return 0;
    }
    while (true) {
      byte[] piece = pieces.next(into.remaining());
      if (piece.length == 0) {
        return -1;
      }
      int before = into.position();
      keep(piece, into);
      if (into.position() > before) {
        return into.position() - before;
      }
    }
  }

  private void keep(byte[] piece, ByteBuffer into) throws GuestAgentException {
    for (byte each : piece) {
      if (each == MARK) {
        skipping = false;
        into.put((byte) '\n');
      } else if (!skipping) {
        into.put(each);
      } else if (++skipped > MOST_SKIPPED) {
        throw new GuestAgentException.Protocol(
            "The guest agent sent more than " + MOST_SKIPPED + " bytes before it was in step");
      }
    }
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public void close() {
    // The bytes' source is its owner's.
  }
}
