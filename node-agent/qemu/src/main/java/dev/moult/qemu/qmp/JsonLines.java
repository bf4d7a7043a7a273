package dev.moult.qemu.qmp;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.moult.qemu.PeerText;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** One JSON object per line from a hostile peer, within the limits of the security page. */
public final class JsonLines {

  /** Longest line of a monitor. */
  static final int MAX_LINE = JsonBounds.QMP.lineBytes();

  /** Deepest nesting of a monitor's. */
  static final int MAX_DEPTH = 64;

  /** Most values, names and brackets in a monitor's line. */
  static final int MAX_TOKENS = 100_000;

  /** A monitor's lines in a second, blank ones too. */
  static final int MAX_LINES_PER_SECOND = JsonBounds.QMP.linesPerSecond();

  private final ReadableByteChannel channel;
  private final JsonBounds bounds;
  private final PerSecond linesInSecond;
  private final PerSecond bytesInSecond;
  private byte[] bytes = new byte[16 * 1024];
  private int begin; // of the line that is being read
  private int scanned;
  private int end;
  private int lastLine;

  /** Reads a monitor's lines from that channel, which stays the caller's. */
  public JsonLines(ReadableByteChannel channel) {
    this(channel, JsonBounds.QMP, System::nanoTime);
  }

  /** Reads from that channel, which stays the caller's, within those bounds. */
  public JsonLines(ReadableByteChannel channel, JsonBounds bounds) {
    this(channel, bounds, System::nanoTime);
  }

  JsonLines(ReadableByteChannel channel, LongSupplier nanoTime) {
    this(channel, JsonBounds.QMP, nanoTime);
  }

  private JsonLines(ReadableByteChannel channel, JsonBounds bounds, LongSupplier nanoTime) {
    this.channel = channel;
    this.bounds = bounds;
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
    int most = bounds.lineBytes();
    if (end > most) {
      throw broken("a line of more than " + most + " bytes");
    }
    if (end == bytes.length) {
      bytes = java.util.Arrays.copyOf(bytes, Math.min(2 * bytes.length, most + 1));
    }
    int count = channel.read(ByteBuffer.wrap(bytes, end, bytes.length - end));
    if (count > 0) {
      end += count;
      if (bytesInSecond.add(count) > bounds.bytesPerSecond()) {
        throw broken("more than " + bounds.bytesPerSecond() + " bytes in a second");
      }
    }
    return count >= 0;
  }

  private @Nullable JsonNode parse(int from, int to) throws QmpException {
    if (linesInSecond.add(1) > bounds.linesPerSecond()) {
      throw broken("more than " + bounds.linesPerSecond() + " lines in a second");
    }
    if (from == to || (to == from + 1 && bytes[from] == '\r')) {
      return null;
    }
    lastLine = to - from;
    try {
      JsonNode message = bounds.mapper().readTree(bytes, from, to - from);
      if (!message.isObject()) {
        throw broken("a line that is no JSON object");
      }
      return message;
    } catch (JsonProcessingException e) {
      throw broken("bad JSON: " + PeerText.clean(e.getOriginalMessage()));
    } catch (QmpException e) {
      throw e;
    } catch (IOException e) {
      throw broken("bad JSON: " + PeerText.clean(e.toString()));
    }
  }

  private QmpException broken(String what) {
    return new QmpException.Protocol(bounds.peer() + " sent " + what);
  }
}
