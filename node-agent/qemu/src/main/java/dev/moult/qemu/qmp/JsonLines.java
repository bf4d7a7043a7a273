package dev.moult.qemu.qmp;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.moult.qemu.PeerText;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** One JSON object per line from a hostile peer, within the limits of the security page. */
public final class JsonLines {

  /** Longest line: {@code info qtree} of a large machine is under 200 kB. */
  static final int MAX_LINE = 1024 * 1024;

  /** Deepest nesting. QMP answers use less than ten. */
  static final int MAX_DEPTH = 64;

  /**
   * Most values, names and brackets in a line: a tree of them takes many times the line's bytes.
   */
  static final int MAX_TOKENS = 100_000;

  /** Lines in a second, blank ones too. QEMU sends a guest's events once a second and kind. */
  static final int MAX_LINES_PER_SECOND = 10_000;

  /** Bytes in a second. A handoff reads under one MiB; to parse eight takes a tenth of a core. */
  static final int MAX_BYTES_PER_SECOND = 8 * 1024 * 1024;

  private static final ObjectMapper MAPPER =
      new ObjectMapper(
              JsonFactory.builder()
                  // A peer's names must not fill the JVM's table of strings.
                  .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MAX_DEPTH)
                          .maxStringLength(MAX_LINE)
                          .maxNumberLength(64)
                          .maxTokenCount(MAX_TOKENS)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final ReadableByteChannel channel;
  private final PerSecond linesInSecond;
  private final PerSecond bytesInSecond;
  private byte[] bytes = new byte[16 * 1024];
  private int begin; // of the line that is being read
  private int scanned;
  private int end;
  private int lastLine;

  /** Reads from that channel, which stays the caller's. */
  public JsonLines(ReadableByteChannel channel) {
    this(channel, System::nanoTime);
  }

  JsonLines(ReadableByteChannel channel, LongSupplier nanoTime) {
    this.channel = channel;
    this.linesInSecond = new PerSecond(nanoTime);
    this.bytesInSecond = new PerSecond(nanoTime);
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
        int from = begin;
        begin = newline + 1;
        scanned = begin;
        JsonNode message = parse(from, newline);
        if (message != null) {
          return message;
        }
      } else if (!fill()) {
        return null;
      }
    }
  }

  /** Bytes of the line that {@link #next} answered last. */
  int lastLine() {
    return lastLine;
  }

  /** Bytes that are kept for lines to come. */
  int capacity() {
    return bytes.length;
  }

  private int newline() {
    for (; scanned < end; scanned++) {
      if (bytes[scanned] == '\n') {
        return scanned;
      }
    }
    return -1;
  }

  private boolean fill() throws IOException {
    // Once for each read, not for each line: many short lines would cost their square.
    System.arraycopy(bytes, begin, bytes, 0, end - begin);
    scanned -= begin;
    end -= begin;
    begin = 0;
    if (end > MAX_LINE) {
      throw new QmpException.Protocol("QEMU sent a line of more than " + MAX_LINE + " bytes");
    }
    if (end == bytes.length) {
      bytes = java.util.Arrays.copyOf(bytes, Math.min(2 * bytes.length, MAX_LINE + 1));
    }
    int count = channel.read(ByteBuffer.wrap(bytes, end, bytes.length - end));
    if (count > 0) {
      end += count;
      if (bytesInSecond.add(count) > MAX_BYTES_PER_SECOND) {
        throw new QmpException.Protocol(
            "QEMU sent more than " + MAX_BYTES_PER_SECOND + " bytes in a second");
      }
    }
    return count >= 0;
  }

  private @Nullable JsonNode parse(int from, int to) throws QmpException {
    if (linesInSecond.add(1) > MAX_LINES_PER_SECOND) {
      throw new QmpException.Protocol(
          "QEMU sent more than " + MAX_LINES_PER_SECOND + " lines in a second");
    }
    if (from == to || (to == from + 1 && bytes[from] == '\r')) {
      return null;
    }
    lastLine = to - from;
    try {
      JsonNode message = MAPPER.readTree(bytes, from, to - from);
      if (!message.isObject()) {
        throw new QmpException.Protocol("QEMU sent a line that is no JSON object");
      }
      return message;
    } catch (JsonProcessingException e) {
      throw new QmpException.Protocol(
          "QEMU sent bad JSON: " + PeerText.clean(e.getOriginalMessage()));
    } catch (QmpException e) {
      throw e;
    } catch (IOException e) {
      throw new QmpException.Protocol("QEMU sent bad JSON: " + PeerText.clean(e.toString()));
    }
  }
}
