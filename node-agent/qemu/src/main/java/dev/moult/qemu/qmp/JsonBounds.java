package dev.moult.qemu.qmp;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;

/** How much a hostile peer may say in a line and in a second; see {@link JsonLines}. */
public final class JsonBounds {

  /**
   * QEMU's monitor. Longest line: {@code info qtree} of a large machine is under 200 kB. Deepest
   * nesting: QMP answers use less than ten. Most values, names and brackets in a line: a tree of
   * them takes many times the line's bytes. Lines in a second, blank ones too: QEMU sends a guest's
   * events once a second and kind. Bytes in a second: a handoff reads under one MiB; to parse eight
   * takes a tenth of a core.
   */
  public static final JsonBounds QMP =
      new JsonBounds("QEMU", 1024 * 1024, 64, 100_000, 10_000, 8 * 1024 * 1024);

  private final String peer;
  private final int lineBytes;
  private final int linesPerSecond;
  private final int bytesPerSecond;
  private final ObjectMapper mapper;

  /**
   * Bounds for one kind of peer.
   *
   * @param peer who it is, as a sentence begins
   * @param lineBytes longest line
   * @param depth deepest nesting
   * @param tokens most values, names and brackets in a line
   * @param linesPerSecond blank ones too
   * @param bytesPerSecond of all that it sends
   */
  public JsonBounds(
      String peer, int lineBytes, int depth, int tokens, int linesPerSecond, int bytesPerSecond) {
    this.peer = peer;
    this.lineBytes = lineBytes;
    this.linesPerSecond = linesPerSecond;
    this.bytesPerSecond = bytesPerSecond;
    this.mapper =
        new ObjectMapper(
                JsonFactory.builder()
                    // A peer's names must not fill the JVM's table of strings.
                    .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                    .streamReadConstraints(
                        StreamReadConstraints.builder()
                            .maxNestingDepth(depth)
                            .maxStringLength(lineBytes)
                            .maxNumberLength(64)
                            .maxTokenCount(tokens)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  }

  String peer() {
    return peer;
  }

  int lineBytes() {
    return lineBytes;
  }

  int linesPerSecond() {
    return linesPerSecond;
  }

  int bytesPerSecond() {
    return bytesPerSecond;
  }

  ObjectMapper mapper() {
    return mapper;
  }
}
