package dev.moult.operator.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Quantity;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A guest's memory in huge pages, with the operator as a process under its own role. */
class HugePagesIT {
  @RegisterExtension static final OperatorExtension OPERATOR = new OperatorExtension();

  @Test
  void theAnchorIsGivenThemAndAnotherSizeWaitsForARestart() {
    var world = OPERATOR.world();
    huge(world, "web", "512Mi", "2Mi");
    world.running("web");

    var resources = world.pod("web-anchor").getSpec().getContainers().getFirst().getResources();
    assertThat(resources.getLimits()).containsEntry("hugepages-2Mi", new Quantity("512Mi"));
    assertThat(resources.getRequests())
        .containsEntry("hugepages-2Mi", new Quantity("512Mi"))
        .containsEntry("memory", new Quantity("64Mi"));
    var vmm = world.pod("web-vmm-1").getSpec().getContainers().getFirst().getResources();
    assertThat(vmm.getRequests())
        .as("QEMU maps what is the anchor's")
        .doesNotContainKey("hugepages-2Mi");
    assertThat(world.condition("web", "RestartRequired")).isEqualTo("FALSE NothingChanged");

    world.patchSpec("web", Map.of("memory", Map.of("size", "1Gi", "hugePageSize", "1Gi")));

    world.eventually(() ->
        assertThat(world.condition("web", "RestartRequired")).isEqualTo("TRUE RestartNeeded"));
    assertThat(message(world, "web", "RestartRequired"))
        .contains("spec.memory.hugePageSize", "spec.memory.size");
    assertThat(world.podNames()).containsExactly("web-anchor", "web-vmm-1");
  }

  @Test
  void aGuestThatNoNodeHasPagesForSaysSoAndIsMadeAnewWithOrdinaryOnes() {
    var world = OPERATOR.world();
    huge(world, "web", "2Gi", "1Gi");
    world.eventually(() -> assertThat(world.pods("web-anchor").get()).isNotNull());

    var told = "0/1 nodes are available: 1 Insufficient hugepages-1Gi.";
    world.unschedulable("web-anchor", told);

    world.eventually(
        () -> assertThat(world.condition("web", "Ready")).isEqualTo("FALSE InsufficientHugePages"));
    assertThat(world.condition("web", "Scheduled")).isEqualTo("FALSE InsufficientHugePages");
    assertThat(message(world, "web", "Scheduled")).contains(told);

    var ordinary = new HashMap<String, Object>();
    ordinary.put("hugePageSize", null);
    world.patchSpec("web", Map.of("memory", ordinary));

    // One that never had a node goes at once.
    world.eventually(() -> {
      var anchor = world.pods("web-anchor").get();
      assertThat(anchor).isNotNull();
      assertThat(anchor.getSpec().getContainers().getFirst().getResources().getLimits()).isEmpty();
    });
  }

  private static void huge(World world, String name, String size, String pages) {
    var unused =
        world.vm(
            name,
            spec -> {
              spec.put("memory", Map.of("size", size, "hugePageSize", pages));
              return spec;
            });
  }

  private static String message(World world, String vm, String type) {
    var status = Objects.requireNonNull(world.machine(vm).getStatus());
    return status.conditions().stream()
        .filter(condition -> condition.type().equals(type))
        .map(condition -> String.valueOf(condition.message()))
        .findFirst()
        .orElseThrow();
  }
}
