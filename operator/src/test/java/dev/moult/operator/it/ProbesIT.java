package dev.moult.operator.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.VirtualMachinePhase;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the kubelet's probes of a guest do to its virtual machine. */
class ProbesIT {
  @RegisterExtension static final OperatorExtension OPERATOR = new OperatorExtension();

  private static final Map<String, ?> PROBE =
      Map.of("tcpSocket", Map.of("port", "http"), "periodSeconds", 1);

  @Test
  void aGuestIsReadyWhenItsProbesSaySo() {
    var world = OPERATOR.world();
    world.vm(
        "web",
        spec -> {
          spec.put("readinessProbe", PROBE);
          spec.put("startupProbe", PROBE);
          return spec;
        });
    world.running("web");
    var probe = world.pod("web-anchor").getSpec().getContainers().get(1).getReadinessProbe();
    assertThat(probe.getTcpSocket().getPort().getIntVal()).isEqualTo(80);

    world.probed("web", false, false, Map.of());
    world.eventually(
        () -> assertThat(world.condition("web", "Ready")).isEqualTo("FALSE StartupProbePending"));
    world.probed("web", true, false, Map.of());
    world.eventually(
        () -> assertThat(world.condition("web", "Ready")).isEqualTo("FALSE ReadinessProbeFailing"));
    assertThat(world.condition("web", "Running")).isEqualTo("TRUE GuestRunning");
    world.probed("web", true, true, Map.of());

    world.eventually(
        () -> assertThat(world.condition("web", "Ready")).isEqualTo("TRUE AsSpecified"));
    world.patchSpec("web", Map.of("readinessProbe", Map.of("periodSeconds", 2)));
    world.eventually(
        () -> assertThat(world.condition("web", "RestartRequired")).startsWith("TRUE"));
  }

  @Test
  void aGuestWhoseLivenessProbeFailedIsStartedAgain() {
    var world = OPERATOR.world();
    world.vm(
        "web",
        spec -> {
          spec.put("livenessProbe", PROBE);
          return spec;
        });
    world.running("web");
    world.probed("web", true, true, Map.of());
    world.eventually(
        () -> assertThat(world.condition("web", "Ready")).isEqualTo("TRUE AsSpecified"));
    var later = Instant.now().plusSeconds(10).truncatedTo(ChronoUnit.SECONDS);

    world.probed(
        "web",
        true,
        true,
        Map.of(
            "terminated",
            Map.of("exitCode", 75, "reason", "Error", "finishedAt", later.toString())));

    world.eventually(() -> world.assertPhase("web", VirtualMachinePhase.STOPPING));
    world.removes("web-vmm-1");
    world.removes("web-anchor");
    world.eventually(() -> world.assertPhase("web", VirtualMachinePhase.FAILED));
    var status = Objects.requireNonNull(world.machine("web").getStatus());
    assertThat(Objects.requireNonNull(status.lastTermination()).reason())
        .isEqualTo("LivenessProbeFailed");
    assertThat(status.lastTermination().retryAt()).isNotNull();
    assertThat(status.restarts()).isEqualTo(1);
    world.eventually(() ->
        assertThat(world.eventReasons("VirtualMachine", "web")).contains("LivenessProbeFailed"));
  }
}
