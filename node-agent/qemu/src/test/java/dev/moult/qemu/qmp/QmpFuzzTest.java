package dev.moult.qemu.qmp;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.JsonNode;
import dev.moult.qemu.QemuVersion;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.List;

/** A monitor whose QEMU says what it likes. */
class QmpFuzzTest {

  /** The first byte says how many bytes each read gives; the rest is what QEMU sends. */
  @FuzzTest(maxDuration = "")
  void stream(byte[] data) throws IOException {
    int piece = data.length == 0 ? 1 : 1 + (data[0] & 0xff);
    byte[] sent = data.length == 0 ? data : java.util.Arrays.copyOfRange(data, 1, data.length);

    List<JsonNode> whole = read(Channels.newChannel(new ByteArrayInputStream(sent)));
    List<JsonNode> inPieces = read(new Pieces(sent, piece));

    assertThat(inPieces).isEqualTo(whole);
    for (JsonNode line : whole) {
      assertThat(depth(line)).isLessThanOrEqualTo(JsonLines.MAX_DEPTH);
      understand(line);
    }
  }

  private static List<JsonNode> read(ReadableByteChannel channel) throws IOException {
    var seen = new ArrayList<JsonNode>();
    var lines = new JsonLines(channel, () -> 0L);
    try {
      for (JsonNode line = lines.next(); line != null; line = lines.next()) {
        assertThat(line.isObject()).isTrue();
        assertThat(lines.lastLine()).isBetween(2, JsonLines.MAX_LINE);
        seen.add(line);
      }
    } catch (QmpException.Protocol refused) {
      assertThat(refused.getMessage()).hasSizeLessThan(600);
    }
    assertThat(lines.capacity()).isLessThanOrEqualTo(JsonLines.MAX_LINE + 1);
    return seen;
  }

  private static void understand(JsonNode line) {
    try {
      switch (QmpMessage.of(line, line.toString().length())) {
        case QmpMessage.Event event -> {
          assertThat(event.data().isObject()).isTrue();
          assertThat(event.name()).isNotEqualTo(QmpEvent.CLOSED);
        }
        case QmpMessage.Greeting greeting -> assertThat(version(greeting.line())).isNotNull();
        case QmpMessage.Answer answer -> {
          JsonNode error = answer.line().path("error");
          var refused =
              new QmpException.Refused(
                  "c", error.path("class").asText("?"), error.path("desc").asText("?"));
          assertThat(refused.getMessage()).hasSizeLessThan(600).doesNotContain("\n", "\u001b");
        }
      }
    } catch (QmpException.Protocol refused) {
      assertThat(refused.getMessage()).startsWith("QEMU sent ");
    }
  }

  private static String version(JsonNode greeting) {
    try {
      return QemuVersion.fromGreeting(greeting).toString();
    } catch (IllegalArgumentException none) {
      return "none";
    }
  }

  private static int depth(JsonNode node) {
    int deepest = 0;
    for (JsonNode inner : node) {
      deepest = Math.max(deepest, depth(inner));
    }
    return node.isContainerNode() ? 1 + deepest : deepest;
  }

  /** Gives a few bytes at a time. */
  private static final class Pieces implements ReadableByteChannel {
    private final ByteBuffer bytes;
    private final int most;

    Pieces(byte[] bytes, int most) {
      this.bytes = ByteBuffer.wrap(bytes);
      this.most = most;
    }

    @Override
    public int read(ByteBuffer into) {
      if (!bytes.hasRemaining()) {
        return -1;
      }
      int count = Math.min(most, Math.min(into.remaining(), bytes.remaining()));
      into.put(bytes.slice(bytes.position(), count));
      bytes.position(bytes.position() + count);
      return count;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }
}
