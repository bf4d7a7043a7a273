package dev.moult.qemu.guestagent;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.JsonNode;
import dev.moult.linux.Deadline;
import dev.moult.qemu.qmp.JsonLines;
import dev.moult.qemu.qmp.QmpException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
    GuestAnswers.exitCode(answer).ifPresent(code -> assertThat(code).isBetween(0, 255));
    assertBounded(
        new GuestFacts(
            GuestAnswers.version(answer),
            GuestAnswers.os(answer),
            GuestAnswers.hostname(answer),
            GuestAnswers.interfaces(answer),
            GuestAnswers.fileSystems(answer)));
  }

  /**
   * The same in a talk: when it is to get in step it does, and then says the rest, whatever it is
   * asked.
   */
  @FuzzTest(maxDuration = "")
  void talk(byte[] data) throws IOException {
    try (GuestAgentClient client =
        GuestAgentClient.over(new GuestAgentConnection(new Played(data), Duration.ofHours(1)))) {
      client.synchronise();
      assertBounded(client.look());
      client.shutdown();
      client.setTime(() -> Instant.EPOCH);
      client.synchronise();
      client.ping();
    } catch (GuestAgentException said) {
      assertClean(said.getMessage(), 600);
    }
  }

  private static final class Played implements GuestAgentConnection.Wire {
    private static final Pattern ID = Pattern.compile("\"id\":(\\d+)");

    private final int piece;
    private byte[] says;
    private int at;

    Played(byte[] data) {
      piece = data.length == 0 ? 1 : 1 + (data[0] & 0xff);
      says = data;
      at = Math.min(1, data.length);
    }

    @Override
    public void send(byte[] request, Deadline deadline) {
      Matcher id = ID.matcher(new String(request, StandardCharsets.ISO_8859_1));
      if (id.find()) {
        var next = new ByteArrayOutputStream();
        next.write(MarkedBytes.MARK);
        next.writeBytes(
            "{\"return\": %s}\n".formatted(id.group(1)).getBytes(StandardCharsets.US_ASCII));
        next.write(says, at, says.length - at);
        says = next.toByteArray();
        at = 0;
      }
    }

    @Override
    public byte[] receive(int most, Deadline deadline) {
      int from = at;
      at += Math.min(Math.min(most, piece), says.length - from);
      return Arrays.copyOfRange(says, from, at);
    }

    @Override
    public void hangUp() {
      // nobody waits
    }

    @Override
    public void close() {
      // nothing is held
    }
  }

  /** The bounds are those of the API's fields. */
  private static void assertBounded(GuestFacts facts) {
    assertClean(facts.agentVersion(), 64);
    assertClean(facts.hostname(), 253);
    GuestFacts.Os os = facts.os();
    if (os != null) {
      assertClean(os.id(), 128);
      assertClean(os.name(), 128);
      assertClean(os.prettyName(), 128);
      assertClean(os.version(), 128);
      assertClean(os.kernelRelease(), 128);
      assertClean(os.machine(), 128);
    }
    assertThat(facts.interfaces()).hasSizeLessThanOrEqualTo(16);
    facts
        .interfaces()
        .forEach(each -> {
          assertClean(each.name(), 64);
          assertClean(each.mac(), 64);
          assertThat(each.addresses()).hasSizeLessThanOrEqualTo(16).allMatch(a -> a.length() <= 45);
        });
    assertThat(facts.fileSystems()).hasSizeLessThanOrEqualTo(32);
    facts
        .fileSystems()
        .forEach(each -> {
          assertClean(each.mountPoint(), 256);
          assertClean(each.type(), 64);
          assertThat(each.totalBytes() == null || each.totalBytes() >= 0).isTrue();
        });
  }

  private static void assertClean(@Nullable String text, int most) {
    if (text != null) {
      assertThat(text).isNotBlank().hasSizeLessThanOrEqualTo(most);
      assertThat(text.chars()).noneMatch(Character::isISOControl);
      assertThat(text.codePoints())
          .as("half a character of UTF-16")
          .noneMatch(each -> Character.getType(each) == Character.SURROGATE);
    }
  }
}
