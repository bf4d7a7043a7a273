package dev.moult.operator.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.VirtualMachinePhase;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
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

  /** Its pod has no container for them, and its status has what they show. */
  @Test
  void whatTheAgentAsksCountsAsMuch() {
    var world = OPERATOR.world();
    world.vm(
        "web",
        spec -> {
          spec.put("boot", Map.of("firmware", "BIOS"));
          spec.put(
              "disks",
              List.of(
                  Map.of(
                      "name",
                      "root",
                      "containerDisk",
                      Map.of("image", "moult.local/disk:1", "path", "/disk/root.qcow2"))));
          spec.put("readinessProbe", Map.of("exec", Map.of("command", List.of("true"))));
          spec.put("livenessProbe", Map.of("guestAgentPing", Map.of()));
          return spec;
        });
    world.running("web");
    assertThat(world.pod("web-anchor").getSpec().getContainers()).hasSize(1);
    var started = Instant.now().truncatedTo(ChronoUnit.SECONDS);

    shows(world, Map.of("startedAt", started.toString(), "ready", false, "message", "no"));
    world.eventually(
        () -> assertThat(world.condition("web", "Ready")).isEqualTo("FALSE ReadinessProbeFailing"));
    shows(world, Map.of("startedAt", started.toString(), "ready", true));
    world.eventually(
        () -> assertThat(world.condition("web", "Ready")).isEqualTo("TRUE AsSpecified"));
    shows(
        world,
        Map.of(
            "startedAt",
            started.toString(),
            "ready",
            true,
            "failed",
            "Liveness",
            "failedAt",
            started.plusSeconds(60).toString(),
            "message",
            "livenessProbe: gone"));

    world.eventually(() -> world.assertPhase("web", VirtualMachinePhase.STOPPING));
    var status = Objects.requireNonNull(world.machine("web").getStatus());
    assertThat(Objects.requireNonNull(status.lastTermination()).reason())
        .isEqualTo("LivenessProbeFailed");
    assertThat(status.lastTermination().message())
        .isEqualTo("the guest's liveness probe failed; livenessProbe: gone");
  }

  private static void shows(World world, Map<String, ?> probes) {
    world.guest("web", "running", "web-vmm-1", Map.of("probes", probes));
  }
}
