package dev.moult.cli.top;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moult.cli.top.Exposition.Sample;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ExpositionTest {
  @Test
  void onlyWhatBeginsAlikeIsRead() throws Exception {
    assertThat(
            read(
                """
                # HELP moult_vm_state 1 for the state
                # TYPE moult_vm_state gauge
                moult_vm_vcpus{namespace="shop",name="web",} 2.0
                jvm_threads{"nonsense
                moult_node_info 1.0

                moult_vm_vcpus{namespace="shop",name="db"} 4 1395066363000
                moult_vm_plain 1.5e-3\
                """))
        .containsExactly(
            new Sample("moult_vm_vcpus", Map.of("namespace", "shop", "name", "web"), 2),
            new Sample("moult_vm_vcpus", Map.of("namespace", "shop", "name", "db"), 4),
            new Sample("moult_vm_plain", Map.of(), 0.0015));
  }

  @Test
  void whatIsEscapedInALabelIsWhatItStandsFor() throws Exception {
    assertThat(read("moult_vm_x{a=\"q\\\"b\\\\n\\nl, } {=\",b=\"\"} 1").getFirst().labels())
        .containsExactly(Map.entry("a", "q\"b\\n\nl, } {="), Map.entry("b", ""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"NaN", "+Inf", "Inf", "-Inf", "1.", ".5", "-2E+3", "\t 7"})
  void everyNumberOfTheFormatIsOne(String number) throws Exception {
    assertThat(read("moult_vm_x " + number + "\n")).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "moult_vm_x",
        "moult_vm_x ",
        "moult_vm_x{} ",
        "moult_vm_x{}1",
        "moult_vm_x{a=\"b\"",
        "moult_vm_x{a=\"b",
        "moult_vm_x{a=\"\\",
        "moult_vm_x{a=\"\\t\"} 1",
        "moult_vm_x{a} 1",
        "moult_vm_x{=\"\"} 1",
        "moult_vm_x{,} 1",
        "moult_vm_x{a=\"1\"b=\"2\"} 1",
        "moult_vm_x{a=\"1\",a=\"2\"} 1",
        "moult_vm_x 1d",
        "moult_vm_x 0x1p3",
        "moult_vm_x Infinity",
        "moult_vm_x 1 soon",
        "moult_vm_x 1 2 3",
        "moult_vm_x 1 # {} 1",
        "moult_vm_x 1\r"
      })
  void whatIsNotOfTheFormatIsRefusedWithItsLine(String line) {
    assertThatThrownBy(() -> read("# one\n" + line + "\nmoult_vm_y 1\n"))
        .isInstanceOf(ExpositionException.class)
        .hasMessageStartingWith("line 2: ");
  }

  @Test
  void labelsAndDigitsHaveTheirBounds() {
    StringBuilder many = new StringBuilder("moult_vm_x{");
    for (int i = 0; i < 33; i++) {
      many.append("l").append(i).append("=\"\",");
    }

    assertThatThrownBy(() -> read(many + "} 1")).hasMessageContaining("more than 32");
    assertThatThrownBy(() -> read("moult_vm_x " + "1".repeat(65)))
        .hasMessageContaining("no number");
  }

  private static List<Sample> read(String page) throws ExpositionException {
    return Exposition.samples(page, "moult_vm_");
  }
}
