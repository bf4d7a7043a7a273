package dev.moult.linux.file;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * CRC32C of pieces put together without reading them again: the register after {@code n} more bytes
 * is the old one times x^8n modulo the polynomial, as zlib's {@code crc32_combine} does it for its
 * own.
 */
final class Crc32cMath {
  /** Castagnoli's polynomial, RFC 3720, bits in the order in which they are read. */
  private static final int POLYNOMIAL = 0x82f63b78;

  private static final int ONE = 1 << 31;

  private Crc32cMath() {}

  static int of(ByteBuffer bytes) {
    var crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }

  /** Of so many zeros. */
  static int ofZeros(long bytes) {
    return ~multiply(power(bytes), ~0);
  }

  /** What the register is multiplied with for so many bytes more. */
  static int power(long bytes) {
    int result = ONE;
    int square = ONE >>> 8; // x^8: one byte
    for (long left = bytes; left != 0; left >>>= 1) {
      if ((left & 1) != 0) {
        result = multiply(square, result);
      }
      square = multiply(square, square);
    }
    return result;
  }

  /**
   * Of two pieces, one behind the other.
   *
   * @param power of the length of the second
   */
  static int joined(int first, int second, int power) {
    return multiply(power, first) ^ second;
  }

  private static int multiply(int a, int b) {
    int product = 0;
    int shifted = b;
    for (int bit = ONE; bit != 0; bit >>>= 1) {
      if ((a & bit) != 0) {
        product ^= shifted;
      }
      shifted = (shifted & 1) != 0 ? (shifted >>> 1) ^ POLYNOMIAL : shifted >>> 1;
    }
    return product;
  }
}
