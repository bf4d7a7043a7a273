package dev.moult.linux.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.linux.kvm.KvmSelfTest.Verdict;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KvmIT {
  private static final Duration LIMIT = Duration.ofMillis(500);

  @BeforeEach
  void needsKvm() {
    if (!Files.exists(Path.of("/dev/kvm"))) {
      System.out.println("[kvm] skipped: no /dev/kvm on this machine");
    }
    Assumptions.assumeTrue(Files.exists(Path.of("/dev/kvm")), "no /dev/kvm on this machine");
  }

  @Test
  void answersForItself() throws Exception {
    try (Kvm kvm = Kvm.open()) {
      assertThat(kvm.apiVersion()).isEqualTo(Kvm.STABLE_API_VERSION);
      assertThat(kvm.maxVirtualCpus()).isPositive();
      assertThat(kvm.checkExtension(3)).isEqualTo(1); // KVM_CAP_USER_MEMORY
      assertThat(kvm.checkExtension(100_000)).isZero();
    }
  }

  @Test
  void runsBothModesAndSaysHow() throws Exception {
    // When
    long start = System.nanoTime();
    KvmSelfTest.Result result = KvmSelfTest.run(LIMIT);
    Duration took = Duration.ofNanos(System.nanoTime() - start);

    // Then
    System.out.printf("[kvm] %s, %d ms%n", result, took.toMillis());
    assertThat(took).isLessThan(LIMIT.multipliedBy(9));
    assertThat(result.realMode().verdict()).isIn(Verdict.NATIVE, Verdict.INTERPRETED);
    assertThat(result.canRunLinux()).isEqualTo(result.longMode().verdict() == Verdict.NATIVE);
    // A guest runs at the CPU's speed only where the CPU (or a hypervisor below) offers to.
    String flags = Files.readString(Path.of("/proc/cpuinfo"));
    boolean offered = flags.contains(" vmx") || flags.contains(" svm");
    assertThat(result.canRunLinux()).isEqualTo(offered);
  }

  @Test
  void aRunThatLastsTooLongIsCutAndLeavesNothingBehind() throws Exception {
    try (Kvm kvm = Kvm.open()) {
      for (GuestProgram program : GuestProgram.values()) {
        // Given: many minutes when interpreted, seconds on a CPU
        int count = -1;

        // When
        long start = System.nanoTime();
        BoundedRun.Outcome outcome = BoundedRun.of(kvm, program, count, Duration.ofMillis(50));

        // Then
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
        assertThat(outcome.timedOut()).isTrue();
        // and the next run is not hit by the signal of this one
        assertThat(BoundedRun.of(kvm, program, 1, LIMIT).problem()).isNull();
      }
    }
  }
}
