package dev.moult.qemu.guestagent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GuestAnswersTest {

  @Test
  void controlCharactersAndLengthAreCut() throws IOException {
    assertThat(GuestAnswers.hostname(json("{'host-name': ' a\\u0000b\\u001b[2Jc\\n '}")))
        .isEqualTo("a b [2Jc");
    assertThat(GuestAnswers.hostname(json("{'host-name': '" + "x".repeat(1000) + "'}")))
        .hasSize(253);
    assertThat(GuestAnswers.hostname(json("{'host-name': 7}"))).isNull();
    assertThat(GuestAnswers.hostname(json("[]"))).isNull();
    assertThat(GuestAnswers.version(json("7"))).isEqualTo("unknown");
    assertThat(GuestAnswers.os(json("{'id': '\\u0007'}"))).isNull();
  }

  /** Half a character of UTF-16 is no text that the API server would take. */
  @Test
  void aTextIsNotCutWithinACharacter() throws IOException {
    String faces = "\uD83D\uDE00".repeat(200);

    String odd = GuestAnswers.hostname(json("{'host-name': 'x" + faces + "'}"));
    String even = GuestAnswers.hostname(json("{'host-name': '" + faces + "'}"));
    String alone = GuestAnswers.hostname(json("{'host-name': 'a\\ud83db\\ude00'}"));

    assertThat(odd).hasSize(253).endsWith("\uD83D\uDE00 …");
    assertThat(even).hasSize(253).endsWith("\uD83D\uDE00…");
    assertThat(alone).isEqualTo("a b");
  }

  @Test
  void whatIsNoAddressIsLeftOut() throws IOException {
    var interfaces =
        GuestAnswers.interfaces(
            json(
                """
                [{'name': 'b', 'hardware-address': 'no', 'ip-addresses': [{'ip-address': '10.0.0.1/24'},
                   {'ip-address': 'FE80::1'}, {'ip-address': 7}, 'x', {'ip-address': '10.0.0.2'},
                   {'ip-address': '10.0.0.2'}]},
                 {'name': ''}, {'ip-addresses': 7}, 9,
                 {'name': 'a', 'hardware-address': '52:54:00:AB:CD:EF'}]
                """));

    assertThat(interfaces).extracting("name").containsExactly("a", "b");
    assertThat(interfaces.getFirst().mac()).isEqualTo("52:54:00:ab:cd:ef");
    assertThat(interfaces.getLast().mac()).isNull();
    assertThat(interfaces.getLast().addresses()).containsExactly("10.0.0.2", "fe80::1");
  }

  @Test
  void thereAreAtMostSoMany() throws IOException {
    String addresses =
        IntStream.range(0, 99)
            .mapToObj("{'ip-address': '10.0.0.%d'}"::formatted)
            .collect(Collectors.joining(","));
    String interfaces =
        IntStream.range(0, 99)
            .mapToObj(i -> "{'name': 'eth%d', 'ip-addresses': [%s]}".formatted(i, addresses))
            .collect(Collectors.joining(","));
    String fileSystems =
        IntStream.range(0, 99)
            .mapToObj("{'mountpoint': '/%d', 'total-bytes': -5, 'type': 'x'}"::formatted)
            .collect(Collectors.joining(","));

    assertThat(GuestAnswers.interfaces(json("[" + interfaces + "]")))
        .hasSize(16)
        .allMatch(each -> each.addresses().size() == 16);
    assertThat(GuestAnswers.fileSystems(json("[" + fileSystems + "]")))
        .hasSize(32)
        .allMatch(each -> each.totalBytes() == null);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{'exited': true, 'exitcode': 0}                | 0",
        "{'exited': true, 'exitcode': 0, 'signal': 9}   | 0",
        "{'exited': true, 'exitcode': 7}                | 7",
        "{'exited': true, 'exitcode': -1}               | 255",
        "{'exited': true, 'exitcode': 4294967296}       | 255",
        "{'exited': true, 'signal': 9}                  | 137",
        "{'exited': true, 'signal': 99999999999}        | 255",
        "{'exited': true, 'exitcode': '0'}              | 128",
        "{'exited': true, 'exitcode': 0.0}              | 128",
        "{'exited': true}                               | 128"
      })
  void onlyACommandThatSaysSoHasSucceeded(String status, int code) throws IOException {
    assertThat(GuestAnswers.exitCode(json(status))).hasValue(code);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        "7",
        "{'exited': false, 'exitcode': 0}",
        "{'exited': {'exitcode': 0}}"
      })
  void whatHasNotEndedHasNoCode(String status) throws IOException {
    assertThat(GuestAnswers.exitCode(json(status))).isEmpty();
  }

  @Test
  void aProcessIsANumber() throws IOException {
    assertThat(GuestAnswers.process(json("{'pid': 4711}"))).isEqualTo(4711);
    for (String answer :
        List.of("{}", "{'pid': '7'}", "{'pid': 1e3}", "{'pid': 1" + "0".repeat(30) + "}")) {
      assertThatThrownBy(() -> GuestAnswers.process(json(answer)))
          .isInstanceOf(GuestAgentException.Protocol.class);
    }
  }

  private static JsonNode json(String text) throws IOException {
    return new ObjectMapper().readTree(text.replace('\'', '"'));
  }
}
