package dev.moult.operator.pod;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.VirtualMachine;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;

class UserMetadataTest {

  @Test
  void nothingIsChangedWhileAllIsAsWished() {
    var vm = vm("{labels: {app: web}}");

    assertThat(UserMetadata.change(vm, anchorOf(vm))).isEmpty();
  }

  @Test
  void whatTheUserTookAwayIsTakenAwayAndWhatOthersPutThereStays() {
    var anchor = anchorOf(vm("{labels: {app: web, old: one}, annotations: {team: a}}"));

    var change = UserMetadata.change(vm("{labels: {app: shop}}"), anchor).orElseThrow();

    assertThat(change.labels()).containsEntry("app", "shop").containsEntry("old", null).hasSize(2);
    assertThat(change.annotations()).containsEntry("team", null).hasSize(2);
  }

  /**
   * It would attach the anchor to other networks than the guest's: its sandbox may be made anew.
   */
  @Test
  void nobodySaysTheNetworksOfTheAnchorByAnAnnotation() {
    var vm = vm("{annotations: {team: a, k8s.v1.cni.cncf.io/networks: theirs}}");

    assertThat(UserMetadata.of(vm).annotations()).containsOnlyKeys("team");
    assertThat(UserMetadata.change(vm, anchorOf(vm("{annotations: {team: b}}"))).orElseThrow())
        .satisfies(change ->
            assertThat(change.annotations()).doesNotContainKey("k8s.v1.cni.cncf.io/networks"));
  }

  private static Pod anchorOf(VirtualMachine vm) {
    return new PodBuilder()
        .withNewMetadata()
        .withName("web-anchor")
        .addToAnnotations(PodNames.USER_METADATA, UserMetadata.of(vm).json())
        .endMetadata()
        .build();
  }

  private static VirtualMachine vm(String podMetadata) {
    return Serialization.unmarshal(
        "---\n{apiVersion: moult.dev/v1alpha1, kind: VirtualMachine, metadata: {name: web}, spec:"
            + " {cpu: {cores: 1}, memory: {size: 2Mi}, boot: {kernel: {image: g}}, podMetadata: "
            + podMetadata
            + "}}",
        VirtualMachine.class);
  }
}
