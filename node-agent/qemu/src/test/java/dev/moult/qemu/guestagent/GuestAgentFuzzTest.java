package dev.moult.qemu.guestagent;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.JsonNode;
import dev.moult.qemu.qmp.JsonLines;
import dev.moult.qemu.qmp.QmpException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A guest agent that says what it likes. */
class GuestAgentFuzzTest {

  /** The first byte says how many bytes each read gives; the rest is what the agent sends. */
  @FuzzTest(maxDuration = "")
  void stream(byte[] data) throws IOException {
    int piece = data.length == 0 ? 1 : 1 + (data[0] & 0xff);
    byte[] sent = data.length == 0 ? data : Arrays.copyOfRange(data, 1, data.length);

    List<JsonNode> whole = read(sent, Integer.MAX_VALUE);

    assertThat(read(sent, piece)).isEqualTo(whole);
    whole.forEach(line -> understand(line.path("return")));
  }

  private static List<JsonNode> read(byte[] sent, int piece) throws IOException {
    int[] at = new int[1];
    var bytes =
        new MarkedBytes(most -> {
          int from = at[0];
          at[0] = from + Math.min(Math.min(most, piece), sent.length - from);
          return Arrays.copyOfRange(sent, from, at[0]);
        });
    bytes.skipToMark();
    var lines = new JsonLines(bytes, GuestAgentConnection.BOUNDS);
    var seen = new ArrayList<JsonNode>();
    try {
      for (JsonNode line = lines.next(); line != null; line = lines.next()) {
        seen.add(line);
      }
    } catch (QmpException.Protocol | GuestAgentException.Protocol refused) {
      assertThat(refused.getMessage()).startsWith("The guest agent sent ").hasSizeLessThan(600);
    }
    return seen;
  }

  private static void understand(JsonNode answer) {
    assertClean(GuestAnswers.version(answer), 64);
    assertClean(GuestAnswers.hostname(answer), 253);
    GuestFacts.Os os = GuestAnswers.os(answer);
    if (os != null) {
      assertClean(os.prettyName(), 128);
      assertClean(os.kernelRelease(), 128);
    }
    var interfaces = GuestAnswers.interfaces(answer);
    assertThat(interfaces).hasSizeLessThanOrEqualTo(16);
    interfaces.forEach(each -> {
      assertClean(each.name(), 64);
      assertThat(each.addresses()).hasSizeLessThanOrEqualTo(16).allMatch(a -> a.length() <= 45);
    });
    var fileSystems = GuestAnswers.fileSystems(answer);
    assertThat(fileSystems).hasSizeLessThanOrEqualTo(32);
    fileSystems.forEach(each -> {
      assertClean(each.mountPoint(), 256);
      assertClean(each.type(), 64);
    });
  }

  private static void assertClean(@Nullable String text, int most) {
    if (text != null) {
      assertThat(text).isNotBlank().hasSizeLessThanOrEqualTo(most);
      assertThat(text.chars()).noneMatch(Character::isISOControl);
    }
  }
}
