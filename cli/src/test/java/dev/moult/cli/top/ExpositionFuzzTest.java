package dev.moult.cli.top;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;

/** What an agent that was taken over answers. */
class ExpositionFuzzTest {
  private static final VmName VM = new VmName("shop", "web");

  @FuzzTest(maxDuration = "")
  void page(byte[] said) {
    String text = new String(said, StandardCharsets.UTF_8);
    try {
      for (var one : Figures.of(Exposition.samples(text, Figures.PREFIX)).values()) {
        assertThat(Usage.between(one, one).rates()).isEmpty();
      }
      var _ = Exposition.samples("moult_vm_" + text, Figures.PREFIX);
      var figures =
          Figures.of(
                  Exposition.samples(
                      "moult_vm_vcpus{namespace=\"shop\",name=\"web\"} 2\n" + text, Figures.PREFIX))
              .get(VM);
      assertThat(figures).isNotNull();
    } catch (ExpositionException refused) {
      assertThat(refused.sentence()).startsWith("line ");
    }
  }
}
