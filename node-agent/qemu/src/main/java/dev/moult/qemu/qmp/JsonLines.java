package dev.moult.qemu.qmp;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** One JSON object per line from a hostile peer, within the limits of the security page. */
public final class JsonLines {

  /** Longest line: {@code info qtree} of a large machine is under 200 kB. */
  static final int MAX_LINE = 1024 * 1024;

  /** Deepest nesting. QMP answers use less than ten. */
  static final int MAX_DEPTH = 64;

  /** Lines in a second. QEMU limits the events a guest can cause to one per second and kind. */
  static final int MAX_LINES_PER_SECOND = 10_000;

  private static final ObjectMapper MAPPER =
      new ObjectMapper(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MAX_DEPTH)
                          .maxStringLength(MAX_LINE)
                          .maxNumberLength(64)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final ReadableByteChannel channel;
  private final LongSupplier nanoTime;
  private byte[] bytes = new byte[16 * 1024];
  private int length;
  private int scanned;
  private long second;
  private int inSecond;

  /** Reads from that channel, which stays the caller's. */
  public JsonLines(ReadableByteChannel channel) {
    this(channel, System::nanoTime);
  }

  JsonLines(ReadableByteChannel channel, LongSupplier nanoTime) {
    this.channel = channel;
    this.nanoTime = nanoTime;
    this.second = nanoTime.getAsLong();
  }

  /**
   * The next object, or null at the end of the stream.
   *
   * @throws QmpException.Protocol when a limit is broken or a line is no JSON object
   */
  public @Nullable JsonNode next() throws IOException {
    while (true) {
      int newline = newline();
      if (newline >= 0) {
        JsonNode message = newline == 0 ? null : parse(newline);
        discard(newline + 1);
        if (message != null) {
          return message;
        }
      } else if (!fill()) {
        return null;
      }
    }
  }

  private int newline() {
    for (; scanned < length; scanned++) {
      if (bytes[scanned] == '\n') {
        return scanned;
      }
    }
    return -1;
  }

  private boolean fill() throws IOException {
    if (length > MAX_LINE) {
      throw new QmpException.Protocol("QEMU sent a line of more than " + MAX_LINE + " bytes");
    }
    if (length == bytes.length) {
      bytes = java.util.Arrays.copyOf(bytes, Math.min(2 * bytes.length, MAX_LINE + 1));
    }
    int count = channel.read(ByteBuffer.wrap(bytes, length, bytes.length - length));
    if (count > 0) {
      length += count;
    }
    return count >= 0;
  }

  private @Nullable JsonNode parse(int end) throws QmpException {
    count();
    if (end == 1 && bytes[0] == '\r') {
      return null;
    }
    try {
      JsonNode message = MAPPER.readTree(bytes, 0, end);
      if (!message.isObject()) {
        throw new QmpException.Protocol("QEMU sent a line that is no JSON object");
      }
      return message;
    } catch (JsonProcessingException e) {
      throw new QmpException.Protocol("QEMU sent bad JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new QmpException.Protocol("QEMU sent bad JSON: " + e.getMessage());
    }
  }

  private void count() throws QmpException {
    long now = nanoTime.getAsLong();
    if (now - second > TimeUnit.SECONDS.toNanos(1)) {
      second = now;
      inSecond = 0;
    }
    if (++inSecond > MAX_LINES_PER_SECOND) {
      throw new QmpException.Protocol(
          "QEMU sent more than " + MAX_LINES_PER_SECOND + " lines in a second");
    }
  }

  private void discard(int count) {
    System.arraycopy(bytes, count, bytes, 0, length - count);
    length -= count;
    scanned = 0;
  }
}
