package dev.moult.linux.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.moult.linux.LinuxException;
import org.junit.jupiter.api.Test;

class ProcTextTest {
  @Test
  void theLastPidIsTheInnermost() throws Exception {
    assertThat(ProcText.innermostPid("Name:\tx\nNSpid:\t4711\t12\t1\nVmPeak: 1 kB\n")).isEqualTo(1);
    assertThat(ProcText.innermostPid("NSpid:\t4711\n")).isEqualTo(4711);
  }

  @Test
  void aCommandWithBracketsAndBlanksDoesNotShiftTheFields() throws Exception {
    String stat = "12 (a) R 1 (b)) S 1 12 12 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 987654 1000 200";
    assertThat(ProcText.startTime(stat)).isEqualTo(987654);
  }

  @Test
  void aThreadsTimeIsItsOwnAndTheKernels() throws Exception {
    String stat = "12 (CPU 0/KVM) S 1 12 12 0 -1 4194304 1 2 3 4 500 60 7 8 20 0 1 0 987654 1 2";
    assertThat(ProcText.processorTime(stat)).isEqualTo(560);
  }

  @Test
  void missingValuesAreErrors() {
    assertThatExceptionOfType(LinuxException.class).isThrownBy(() -> ProcText.innermostPid("x"));
    assertThatExceptionOfType(LinuxException.class).isThrownBy(() -> ProcText.startTime("1 (x) S"));
    assertThatExceptionOfType(LinuxException.class)
        .isThrownBy(() -> ProcText.processorTime("1 (x) S 1 2"));
  }
}
