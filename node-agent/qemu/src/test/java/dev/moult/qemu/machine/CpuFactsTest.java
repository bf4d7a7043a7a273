package dev.moult.qemu.machine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CpuFactsTest {
  private static final String WORDS =
      """
      [{"cpuid-register":"EDX","cpuid-input-eax":1,"features":126614525},
       {"cpuid-register":"EBX","cpuid-input-ecx":0,"cpuid-input-eax":7,"features":%d}]
      """;

  private static CpuFacts cpu(String family, int leaf7) throws Exception {
    return new CpuFacts(
        "/machine/unattached/device[0]",
        Map.of("family", family, "vendor", "AuthenticAMD"),
        CpuFacts.words(new ObjectMapper().readTree(WORDS.formatted(leaf7))),
        Map.of());
  }

  @Test
  void equalOnesAreEqualWhateverOneVersionKnowsMore() throws Exception {
    CpuFacts a = cpu("15", 8);
    CpuFacts b =
        new CpuFacts(
            a.path(),
            Map.of("family", "15", "vendor", "AuthenticAMD", "level", "13"),
            Map.of("CPUID 0x1 EDX", 126614525L, "CPUID 0x7.0 EBX", 8L, "CPUID 0x24.0 EBX", 0L),
            Map.of("CPUID 0x24.0 EBX", 0L));

    assertThat(CpuFacts.properties(a, b)).isEmpty();
    assertThat(CpuFacts.words(a, b)).isEmpty();
    assertThat(CpuFacts.lacks(a, b)).isFalse();
  }

  @Test
  void aMissingFeatureAndAnotherFamilyAreNamed() throws Exception {
    CpuFacts a = cpu("15", 9);
    CpuFacts b = cpu("6", 8);

    assertThat(CpuFacts.properties(a, b))
        .extracting(Difference::where)
        .containsExactly("CPU family");
    assertThat(CpuFacts.words(a, b))
        .extracting(Difference::where)
        .containsExactly("CPU features of CPUID 0x7.0 EBX");
    assertThat(CpuFacts.lacks(a, b)).isTrue();
    assertThat(CpuFacts.lacks(b, a)).isFalse();
  }

  @Test
  void aFeatureThatOneVersionAloneGivesDiffers() throws Exception {
    CpuFacts a = cpu("15", 8);
    CpuFacts b =
        new CpuFacts(
            a.path(),
            a.properties(),
            Map.of("CPUID 0x1 EDX", 126614525L, "CPUID 0x7.0 EBX", 8L, "CPUID 0x24.0 EBX", 1L),
            Map.of());

    assertThat(CpuFacts.words(a, b)).hasSize(1);
  }
}
