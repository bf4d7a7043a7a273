package dev.moult.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.CloudInit;
import dev.moult.api.v1alpha1.DiskSpec;
import dev.moult.api.v1alpha1.DiskSpecBuilder;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.operator.disk.Claims;
import dev.moult.operator.pod.AnchorPods;
import dev.moult.operator.pod.PodFacts;
import dev.moult.operator.pod.PodImages;
import dev.moult.operator.pod.RunSpec;
import dev.moult.operator.pod.UserMetadata;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class SlimTest {
  private static final PodImages IMAGES = new PodImages("launcher", "qemu", "Always");

  @Test
  void aPodKeepsWhatIsReadInTheSameObject() throws IOException {
    var vm = vm();
    var pod = AnchorPods.build(vm, 100_000, IMAGES, Claims.NONE);
    pod.getMetadata().setManagedFields(List.of(new ManagedFieldsEntry()));
    pod.getSpec().setNodeName("node1");
    var before = Serialization.asJson(pod).length();

    var slim = Slim.pod(pod);

    assertThat(slim).as("changed in place").isSameAs(pod);
    assertThat(Serialization.asJson(slim).length()).isLessThan(before * 2 / 3);
    assertThat(slim.getMetadata().getManagedFields()).isNullOrEmpty();
    assertThat(slim.getSpec().getVolumes()).isEmpty();
    assertThat(PodFacts.controlledBy(slim, vm.getMetadata().getUid())).isTrue();
    assertThat(PodFacts.node(slim)).contains("node1");
    assertThat(PodFacts.role(slim)).isEqualTo("anchor");
    assertThat(PodFacts.cpuWished(slim)).isPresent();
    assertThat(RunSpec.read(slim.getMetadata().getAnnotations()))
        .contains(RunSpec.of(vm.getSpec()));
    assertThat(UserMetadata.change(vm, slim)).isEmpty();
  }

  @Test
  void aVirtualMachineLosesWhatOnlyKubectlReads() throws IOException {
    var vm = vm();
    vm.getMetadata().setManagedFields(List.of(new ManagedFieldsEntry()));

    assertThat(Slim.virtualMachine(vm)).isSameAs(vm);
    assertThat(vm.getMetadata().getManagedFields()).isNullOrEmpty();
  }

  @Test
  void cloudInitsDataIsReplacedByWhatTellsItsChange() throws IOException {
    var vm = vm();
    vm.setSpec(vm.getSpec().withDisks(List.of(seed("#cloud-config\n" + "a".repeat(16_000)))));
    var started = RunSpec.of(vm.getSpec());
    var digest = RunSpec.buildDigest(vm.getSpec(), IMAGES);

    Slim.virtualMachine(vm);
    Slim.virtualMachine(vm);

    assertThat(Serialization.asJson(vm.getSpec().disks()).length()).isLessThan(400);
    assertThat(RunSpec.of(vm.getSpec())).isEqualTo(started);
    assertThat(RunSpec.buildDigest(vm.getSpec(), IMAGES)).isEqualTo(digest);
    vm.setSpec(vm.getSpec().withDisks(List.of(seed("#cloud-config"))));
    assertThat(started.differences(RunSpec.of(vm.getSpec())))
        .containsExactly("spec.disks[seed].cloudInit.userData");
  }

  private static DiskSpec seed(String userData) {
    return DiskSpecBuilder.builder()
        .name("seed")
        .cloudInit(new CloudInit(null, userData, null))
        .build();
  }

  private static VirtualMachine vm() throws IOException {
    return Serialization.unmarshal(
        Files.readString(Path.of("src/test/resources/dev/moult/operator/pod/in-full.yaml")),
        VirtualMachine.class);
  }
}
