package dev.moult.wire;

import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes one message: {@code u16 tag, u32 length, bytes} for each field, big-endian. */
final class FieldWriter {
  private final ByteBuffer out = ByteBuffer.allocate(Limits.MESSAGE_BYTES);

  /** The whole packet of a message of this type. */
  static byte[] packet(int type, Encodable message) throws WireException {
    var writer = new FieldWriter();
    try {
      writer.out.put((byte) Codec.VERSION).put((byte) type);
      message.write(writer);
    } catch (BufferOverflowException e) {
      throw new WireException(
          "message of type " + type + " is larger than " + Limits.MESSAGE_BYTES + " bytes");
    }
    var packet = new byte[writer.out.position()];
    writer.out.flip().get(packet);
    return packet;
  }

  FieldWriter integer(int tag, int value) {
    head(tag, Integer.BYTES).putInt(value);
    return this;
  }

  /** The same tag once for each number, in order. */
  FieldWriter integers(int tag, List<Integer> values) {
    for (int value : values) {
      integer(tag, value);
    }
    return this;
  }

  FieldWriter number(int tag, long value) {
    head(tag, Long.BYTES).putLong(value);
    return this;
  }

  FieldWriter flag(int tag, boolean value) {
    head(tag, 1).put((byte) (value ? 1 : 0));
    return this;
  }

  /** A string; an absent one is left out. */
  FieldWriter string(int tag, @Nullable String value) {
    return value == null ? this : bytes(tag, value.getBytes(StandardCharsets.UTF_8));
  }

  FieldWriter bytes(int tag, byte[] value) {
    head(tag, value.length).put(value);
    return this;
  }

  /** The same tag once for each string, in order. */
  FieldWriter strings(int tag, List<String> values) {
    for (String value : values) {
      string(tag, value);
    }
    return this;
  }

  /** A field that holds fields. */
  FieldWriter nested(int tag, @Nullable Encodable body) throws WireException {
    if (body == null) {
      return this;
    }
    head(tag, 0);
    int start = out.position();
    body.write(this);
    out.putInt(start - Integer.BYTES, out.position() - start);
    return this;
  }

  /** The same tag once for each element, in order. */
  FieldWriter list(int tag, List<? extends Encodable> bodies) throws WireException {
    for (Encodable body : bodies) {
      nested(tag, body);
    }
    return this;
  }

  private ByteBuffer head(int tag, int length) {
    return out.putShort((short) tag).putInt(length);
  }
}
