package dev.moult.qemu.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonLinesTest {

  @Test
  void readsOneObjectPerLine() throws Exception {
    JsonLines lines = lines("{\"a\":1}\r\n\n\r\n{\"b\":\"" + "x".repeat(100_000) + "\"}\n{\"cut");
    assertThat(lines.next()).hasToString("{\"a\":1}");
    assertThat(String.valueOf(lines.next())).hasSize(100_008);
    assertThat(lines.next()).isNull();
  }

  @Test
  void takesTheLongestLineAndNoLonger() throws Exception {
    String longest = "{\"a\":\"" + "x".repeat(JsonLines.MAX_LINE - 8) + "\"}";
    assertThat(lines(longest + "\n").next()).isNotNull();
    assertThatThrownBy(() -> lines(longest + " \n").next())
        .isInstanceOf(QmpException.Protocol.class)
        .hasMessageContaining("more than 1048576 bytes");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[1]", "nonsense", "{\"a\":}", "{\"a\":1}}{", "\"text\"", "{} {}"})
  void refusesWhatIsNoObject(String line) {
    assertThatThrownBy(() -> lines(line + "\n").next()).isInstanceOf(QmpException.Protocol.class);
  }

  @Test
  void refusesDeepNestingAndHugeNumbers() {
    String deep = "{\"a\":" + "[".repeat(64) + "]".repeat(64) + "}\n";
    assertThatThrownBy(() -> lines(deep).next()).isInstanceOf(QmpException.Protocol.class);
    String huge = "{\"a\":" + "9".repeat(1000) + "}\n";
    assertThatThrownBy(() -> lines(huge).next()).isInstanceOf(QmpException.Protocol.class);
  }

  @Test
  void refusesAFlood() {
    String flood = "{}\n".repeat(JsonLines.MAX_LINES_PER_SECOND + 1);
    JsonLines lines =
        new JsonLines(Channels.newChannel(new ByteArrayInputStream(utf8(flood))), () -> 0L);
    assertThatThrownBy(
            () -> {
              while (lines.next() != null) {
                assertThat(lines).isNotNull();
              }
            })
        .isInstanceOf(QmpException.Protocol.class);
  }

  @Test
  void refusesAFloodOfBlankLines() {
    JsonLines blank =
        new JsonLines(
            Channels.newChannel(
                new ByteArrayInputStream(utf8("\n".repeat(JsonLines.MAX_LINES_PER_SECOND + 1)))),
            () -> 0L);
    assertThatThrownBy(blank::next)
        .isInstanceOf(QmpException.Protocol.class)
        .hasMessageContaining("lines in a second");
  }

  @Test
  void refusesMoreBytesThanAreReadInASecond() {
    String line = "{\"a\":\"" + "x".repeat(1_000_000) + "\"}\n";
    JsonLines lines =
        new JsonLines(
            Channels.newChannel(new ByteArrayInputStream(utf8(line.repeat(9)))), () -> 0L);
    assertThatThrownBy(
            () -> {
              while (lines.next() != null) {
                assertThat(lines.capacity()).isLessThanOrEqualTo(JsonLines.MAX_LINE + 1);
              }
            })
        .isInstanceOf(QmpException.Protocol.class)
        .hasMessageContaining("bytes in a second");
  }

  @Test
  void refusesALineOfCountlessValues() {
    String many = "{\"a\":[" + "[],".repeat(JsonLines.MAX_TOKENS / 2) + "1]}\n";
    assertThatThrownBy(() -> lines(many).next()).isInstanceOf(QmpException.Protocol.class);
  }

  private static JsonLines lines(String text) {
    return new JsonLines(Channels.newChannel(new ByteArrayInputStream(utf8(text))));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
