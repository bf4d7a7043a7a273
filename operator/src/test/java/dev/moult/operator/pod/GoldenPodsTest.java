package dev.moult.operator.pod;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.EvictionStrategy;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.operator.disk.Claim;
import dev.moult.operator.disk.Claims;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each {@code in-*.yaml} becomes the pods of {@code out-*.yaml}, to the letter. */
class GoldenPodsTest {
  private static final Path DIRECTORY = Path.of("src/test/resources/dev/moult/operator/pod");
  private static final PodImages IMAGES =
      new PodImages("moult/launcher:1", "moult/qemu:default", "IfNotPresent");

  private static final Claims CLAIMS =
      new Claims(
          Map.of(
              "files", new Claim(false, 10L << 30, List.of("ReadWriteOnce"), Optional.empty()),
              "device", new Claim(true, 20L << 30, List.of("ReadWriteOnce"), Optional.empty()),
              "shared", new Claim(false, 0, List.of("ReadOnlyMany"), Optional.empty())),
          Map.of());

  @ParameterizedTest
  @ValueSource(
      strings = {
        "full",
        "least",
        "disks",
        "uefi",
        "uefi-claim",
        "probes",
        "probes-by-agent",
        "probes-of-both",
        "bridge",
        "multus",
        "multus-alone",
        "huge-pages"
      })
  void theAnchor(String name) throws IOException {
    var pod = AnchorPods.build(read(name), 100_007, IMAGES, CLAIMS);

    assertGolden(pod, "out-" + name + "-anchor.yaml");
  }

  @ParameterizedTest
  @ValueSource(strings = {"full", "least"})
  void theFirstVmm(String name) throws IOException {
    var vm = read(name);

    var pod = VmmPods.build(vm, order(vm, 1, VmmPods.cpuRequest(vm), Optional.empty()), IMAGES);

    assertGolden(pod, "out-" + name + "-vmm.yaml");
  }

  @ParameterizedTest
  @ValueSource(strings = {"full"})
  void theTinyVmmOfAnUpdate(String name) throws IOException {
    var vm = read(name);

    var pod = VmmPods.build(vm, order(vm, 2, VmmPods.TINY_CPU, Optional.of("lu-uid")), IMAGES);

    assertGolden(pod, "out-" + name + "-vmm-update.yaml");
  }

  @ParameterizedTest
  @ValueSource(strings = {"full"})
  void theBudgetOfAHandoff(String name) throws IOException {
    assertGolden(Budgets.updating(read(name)), "out-" + name + "-budget.yaml");
  }

  @Test
  void theBudgetOfAGuestThatMayBePoweredDownForbidsNothing() throws IOException {
    var vm = read("full");

    assertThat(minAvailable(Budgets.running(vm))).isZero();

    vm.setSpec(vm.getSpec().withEvictionStrategy(EvictionStrategy.NONE));
    assertThat(minAvailable(Budgets.running(vm))).isEqualTo(2);
  }

  private static int minAvailable(PodDisruptionBudget budget) {
    return budget.getSpec().getMinAvailable().getIntVal();
  }

  private static VmmPods.Order order(
      VirtualMachine vm, int revision, Quantity cpu, Optional<String> update) {
    return new VmmPods.Order(
        100_007, "node1", revision, VmmPods.desiredImage(vm, IMAGES), cpu, update);
  }

  private static VirtualMachine read(String name) throws IOException {
    return Serialization.unmarshal(
        Files.readString(DIRECTORY.resolve("in-" + name + ".yaml")), VirtualMachine.class);
  }

  private static void assertGolden(HasMetadata object, String file) throws IOException {
    var yaml = Serialization.asYaml(object);
    if (Boolean.getBoolean("moult.generate")) {
      Files.writeString(DIRECTORY.resolve(file), yaml);
    }
    assertThat(yaml)
        .as("%s; after a change that is meant: -Dmoult.generate=true, and look at the diff", file)
        .isEqualTo(Files.readString(DIRECTORY.resolve(file)));
    if (object instanceof Pod pod) {
      assertThat(pod.getSpec().getAutomountServiceAccountToken()).isFalse();
    }
  }
}
