package dev.moult.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.Condition;
import dev.moult.api.v1alpha1.ConditionStatus;
import dev.moult.api.v1alpha1.HugePageSize;
import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.e2e.cluster.ExampleVm;
import dev.moult.e2e.cluster.TestNamespace;
import dev.moult.e2e.scenario.WatchedUpdate;
import dev.moult.linux.file.HugePages;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;

/** A guest whose memory is made of huge pages, which dev/cluster sets aside on its node. */
@ExtendWith(Installed.class)
@Isolated
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class HugePagesE2E {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final long PAGE = 2 << 20;
  private static final long RAM = 512L << 20;
  private static final String HUGE = "size: 512Mi\n    hugePageSize: 2Mi";

  private final KubernetesClient client;
  private final TestNamespace namespace;

  HugePagesE2E(KubernetesClient client) {
    this.client = client;
    namespace = TestNamespace.create(client, "e2e-huge-pages");
  }

  @BeforeAll
  void theNodeHasThem() {
    var node = client.nodes().list().getItems().getFirst().getStatus();
    var pages = node.getAllocatable().getOrDefault("hugepages-2Mi", new Quantity("0"));
    assertThat(Quantity.getAmountInBytes(pages))
        .as(
            "hugepages-2Mi of the node; dev/cluster/cluster up sets them aside where 8 GiB are free")
        .isGreaterThanOrEqualTo(BigDecimal.valueOf(RAM));
  }

  @AfterAll
  void remove() {
    namespace.delete();
  }

  @Test
  void itIsUpdatedInTheSamePagesAndToldWhatARestartWouldChange() throws Exception {
    var free = free();
    var booted = namespace.boot("huge", manifest("huge", HUGE), PATIENCE);

    assertThat(free - free()).as("pages taken by the guest").isEqualTo(RAM / PAGE);
    assertThat(booted.getStatus().machine().hugePageSize()).isEqualTo(HugePageSize.TWO_MIB);
    var anchor = client.pods().inNamespace(namespace.name()).withName("huge-anchor").require();
    var resources = anchor.getSpec().getContainers().getFirst().getResources();
    assertThat(Quantity.getAmountInBytes(resources.getLimits().get("hugepages-2Mi")))
        .isEqualByComparingTo(BigDecimal.valueOf(RAM));

    try (var watched = new WatchedUpdate(namespace, "huge")) {
      var seen = watched.run(() -> namespace.setImage("huge", "moult.local/qemu:11.1.3"));

      assertThat(seen.update().getStatus().phase())
          .as("%s", seen.update().getStatus())
          .isEqualTo(LiveUpdatePhase.COMPLETED);
      assertThat(seen.sameGuest()).isTrue();
      assertThat(seen.memory().megabytes()).isPositive();
      assertThat(seen.memory().bad()).isZero();
      assertThat(seen.connectionAlive()).isTrue();
      assertThat(seen.ramInodeAfter()).isEqualTo(seen.ramInodeBefore());
      assertThat(seen.after().getStatus().vmm().qemuVersion()).startsWith("11.1.3");
      assertThat(free - free()).as("pages taken by the guest").isEqualTo(RAM / PAGE);
    }

    namespace.patch("huge", "{\"spec\":{\"memory\":{\"hugePageSize\":null}}}");
    var differs =
        namespace.await("huge", PATIENCE, vm -> TestNamespace.isTrue(vm, "RestartRequired"));
    assertThat(condition(differs, "RestartRequired").message())
        .contains("spec.memory.hugePageSize");

    namespace.restart("huge");
    var ordinary =
        namespace.await(
            "huge",
            PATIENCE,
            vm ->
                TestNamespace.isTrue(vm, "Ready")
                    && !TestNamespace.isTrue(vm, "RestartRequired")
                    && vm.getStatus().machine().hugePageSize() == null);
    assertThat(ordinary.getStatus().runID()).isNotEqualTo(booted.getStatus().runID());
    assertThat(free()).as("given back").isEqualTo(free);
    namespace.vm("huge").delete();
  }

  @Test
  void aGuestThatNoNodeHasPagesForSaysSoAndRecovers() throws IOException {
    namespace.apply(manifest("none", "size: 64Gi\n    hugePageSize: 1Gi"));

    var stuck =
        namespace.await(
            "none",
            PATIENCE,
            vm -> "InsufficientHugePages".equals(condition(vm, "Ready").reason()));
    assertThat(condition(stuck, "Scheduled").message()).contains("hugepages-1Gi");

    namespace.apply(manifest("none", "size: 512Mi"));
    namespace.await("none", PATIENCE, vm -> TestNamespace.isTrue(vm, "Ready"));
    namespace.vm("none").delete();
  }

  /** On the node, which is this machine. */
  private static long free() {
    return HugePages.free(PAGE).orElseThrow();
  }

  private static Condition condition(VirtualMachine vm, String type) {
    var status = vm.getStatus();
    var none = new Condition(type, ConditionStatus.UNKNOWN, null, null, "Unknown", "");
    return status == null
        ? none
        : status.conditions().stream()
            .filter(each -> each.type().equals(type))
            .findFirst()
            .orElse(none);
  }

  private static String manifest(String name, String memory) throws IOException {
    return ExampleVm.manifest(
        Installed.checkout(), name, yaml -> yaml.replace("size: 512Mi", memory));
  }
}
