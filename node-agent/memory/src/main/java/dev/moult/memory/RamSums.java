package dev.moult.memory;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** The checksums of a RAM's blocks, CRC32C each. Safe for several threads, each with its blocks. */
final class RamSums {
  /** Bytes of a block. */
  static final int BLOCK = 2 << 20;

  private final int[] sums;

  RamSums(int blocks) {
    this.sums = new int[blocks];
  }

  /** How many blocks a RAM has; the last may be shorter. */
  static int blocks(long ramBytes) {
    return Math.toIntExact((ramBytes + BLOCK - 1) / BLOCK);
  }

  /** Bytes of block {@code index}. */
  static int length(long ramBytes, int index) {
    return (int) Math.min(BLOCK, ramBytes - (long) index * BLOCK);
  }

  /** Whether sums can be those of a RAM. */
  static boolean fits(StateHeader.Sums sums, long ramBytes) {
    return sums.blockBytes() == BLOCK
        && (ramBytes + BLOCK - 1) / BLOCK == sums.blocks()
        && sums.blocks() > 0;
  }

  /** The sum of a block's bytes, between position and limit; moves the position. */
  static int of(ByteBuffer block) {
    var sum = new CRC32C();
    sum.update(block);
    return (int) sum.getValue();
  }

  /** The sum of a block of zeros. */
  static int ofZeros(int length) {
    return of(ByteBuffer.allocate(length));
  }

  int get(int index) {
    return sums[index];
  }

  void set(int index, int sum) {
    sums[index] = sum;
  }

  int size() {
    return sums.length;
  }

  /** As the header speaks of them. */
  StateHeader.Sums head() {
    byte[] bytes = encode();
    return new StateHeader.Sums(BLOCK, sums.length, StateHeader.checksum(bytes, bytes.length));
  }

  byte[] encode() {
    var out = ByteBuffer.allocate(sums.length * Integer.BYTES);
    out.asIntBuffer().put(sums);
    return out.array();
  }

  static RamSums decode(byte[] bytes) {
    var sums = new RamSums(bytes.length / Integer.BYTES);
    ByteBuffer.wrap(bytes).asIntBuffer().get(sums.sums);
    return sums;
  }
}
