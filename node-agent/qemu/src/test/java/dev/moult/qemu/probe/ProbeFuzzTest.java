package dev.moult.qemu.probe;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** What a hostile image answers to the launcher's probe. */
class ProbeFuzzTest {

  @FuzzTest(maxDuration = "")
  void packed(byte[] packed) {
    try {
      check(ProbeReport.parse(packed));
    } catch (ProbeFormatException refused) {
      assertThat(refused.getMessage()).hasSizeLessThan(800);
    }
  }

  @FuzzTest(maxDuration = "")
  void transcript(byte[] transcript) {
    try {
      check(TranscriptReader.read(transcript));
    } catch (ProbeFormatException refused) {
      assertThat(refused.getMessage()).hasSizeLessThan(800);
    }
  }

  private static void check(ProbeReport report) {
    assertThat(report.version().distribution()).hasSizeLessThanOrEqualTo(128);
    assertThat(report.machineTypes()).hasSizeLessThanOrEqualTo(4096);
    assertThat(report.cpuModels()).hasSizeLessThanOrEqualTo(4096);
    for (ProbeReport.MachineType type : report.machineTypes()) {
      assertThat(type.name()).matches("[A-Za-z0-9_.+-]{1,64}");
    }
    for (ProbeReport.CpuModel model : report.cpuModels()) {
      assertThat(model.name()).matches("[A-Za-z0-9_.+-]{1,64}");
    }
  }
}
