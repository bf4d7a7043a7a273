package dev.moult.cli.autopsy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.moult.cli.cluster.CommandFailure;
import dev.moult.cli.output.Printable;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What the node agent hands out: a line of JSON, and so many bytes. Who serves it may be hostile.
 *
 * @param bytes how many follow
 * @param remarks what is missing or was chosen
 */
record Handout(long bytes, List<String> remarks) {
  private static final int MOST_LINE = 64 * 1024;
  private static final int MOST_REMARKS = 16;
  private static final int BLOCK = 256 * 1024;

  /** A guest has not more memory than this. */
  private static final long MOST_BYTES = 1L << 46;

  /** Copies the list. */
  Handout {
    remarks = List.copyOf(remarks);
  }

  /**
   * Reads the line.
   *
   * @throws CommandFailure if it says why there is nothing, or is none
   * @throws EOFException if nobody says anything
   */
  static Handout begin(InputStream in) throws IOException {
    var line = new ByteArrayOutputStream();
    for (int each = in.read(); each != '\n'; each = in.read()) {
      if (each < 0) {
        throw new EOFException("it was hung up");
      }
      if (line.size() >= MOST_LINE) {
        throw new CommandFailure("what serves the memory breaks the protocol: no line");
      }
      line.write(each);
    }
    return parse(line.toString(StandardCharsets.UTF_8));
  }

  private static Handout parse(String line) {
    JsonNode said;
    try {
      said = new ObjectMapper().readTree(line);
    } catch (JsonProcessingException e) {
      throw new CommandFailure("what serves the memory breaks the protocol: no JSON", e);
    }
    if (said.path("error").isTextual()) {
      throw new CommandFailure("not handed out: " + Printable.of(said.path("error").asText()));
    }
    long bytes = said.path("bytes").asLong(-1);
    if (bytes < 0 || bytes > MOST_BYTES) {
      throw new CommandFailure("what serves the memory breaks the protocol: no size");
    }
    List<String> remarks = new ArrayList<>();
    for (JsonNode remark : said.path("remarks")) {
      if (remarks.size() < MOST_REMARKS) {
        remarks.add(Printable.of(remark.asText()));
      }
    }
    return new Handout(bytes, remarks);
  }

  /**
   * Copies all that follow.
   *
   * @throws CommandFailure if there are less
   */
  void copy(InputStream in, OutputStream out) throws IOException {
    byte[] block = new byte[BLOCK];
    for (long left = bytes; left > 0; ) {
      int count = in.read(block, 0, (int) Math.min(left, block.length));
      if (count < 0) {
        throw new CommandFailure(
            "it ended after %d of %d bytes: the guest went on or is gone, the autopsy's time was"
                    .formatted(bytes - left, bytes)
                + " over, or the way to it broke");
      }
      out.write(block, 0, count);
      left -= count;
    }
  }
}
