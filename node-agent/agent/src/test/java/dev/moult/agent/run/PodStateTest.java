package dev.moult.agent.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.agent.run.Scene.Stage;
import dev.moult.agent.watch.PodView;
import dev.moult.wire.PodStatus;
import dev.moult.wire.Role;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PodStateTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

  private static PodView view(@Nullable Instant deletedAt, long grace, boolean over) {
    return new PodView(
        Specs.VMM,
        "web-vmm-1",
        "default",
        "web",
        Specs.VM_UID,
        Role.VMM,
        null,
        100_000,
        deletedAt,
        grace,
        over,
        null);
  }

  @Test
  void itsGraceBeginsWithItsDeletion() {
    var pod = new PodState(Specs.VMM);

    pod.seen(view(null, 0, false), NOON);
    assertThat(pod.graceRuns()).isFalse();
    assertThat(pod.graceOver()).isFalse();

    pod.seen(view(NOON.plusSeconds(20), 20, false), NOON);
    assertThat(pod.graceRuns()).isTrue();
    assertThat(pod.graceOver()).isFalse();
  }

  @Test
  void aClockThatIsSetDoesNotEndIt() {
    var pod = new PodState(Specs.VMM);
    pod.seen(view(NOON.plusSeconds(20), 20, false), NOON);

    pod.seen(view(NOON.plusSeconds(20), 20, false), NOON.plusSeconds(3600));

    assertThat(pod.graceOver()).isFalse();
  }

  @Test
  void halfOfItsGraceComesBeforeItsEnd() {
    var pod = new PodState(Specs.VMM);
    assertThat(pod.graceHalfOver()).isFalse();

    pod.seen(view(NOON.plusSeconds(20), 20, false), NOON);
    assertThat(pod.graceHalfOver()).isFalse();
    assertThat(pod.halfGraceLeftNanos()).isLessThan(pod.graceLeftNanos());

    pod.seen(view(NOON, 0, false), NOON);
    assertThat(pod.graceHalfOver()).isTrue();
  }

  @Test
  void aDeletionWithLessGraceCounts() {
    var pod = new PodState(Specs.VMM);
    pod.seen(view(NOON.plusSeconds(20), 20, false), NOON);

    pod.seen(view(NOON, 0, false), NOON);

    assertThat(pod.graceOver()).isTrue();
  }

  @Test
  void whatTheKubeletSaysIsOverIsNotExpectedAgain() {
    var pod = new PodState(Specs.VMM);
    pod.seen(view(null, 0, true), NOON);
    assertThat(pod.stage()).isEqualTo(Stage.EXITED);

    pod.apply((PodStatus) null);
    assertThat(pod.stage()).isEqualTo(Stage.EXITED);

    pod.apply(new PodStatus(Specs.VMM, Role.VMM, Specs.VM_UID, PodStatus.Stage.EXPECTED, null, 0));
    assertThat(pod.stage()).isEqualTo(Stage.EXITED);
  }
}
