package dev.moult.agent.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PodViewTest {
  private static final String VM = "0b9a4b52-6a2f-4a39-8d1a-0f6f2a8f6a01";
  private static final String OTHER = "0b9a4b52-6a2f-4a39-8d1a-0f6f2a8f6a02";

  @Test
  void knowsAPodByItsNameItsLabelsAndItsOwner() {
    assertThat(PodView.of(pod("web-anchor", "anchor", owner(VM, "web", true)))).isPresent();
    assertThat(PodView.of(pod("web-vmm-12", "vmm", owner(VM, "web", true)))).isPresent();
  }

  @Test
  void knowsItFromWhatTheWatchKeeps() {
    var pod = pod("web-anchor", "anchor", owner(VM, "web", true));
    var unused = new SlimItemStore<Pod>().put("default/web-anchor", pod);
    assertThat(PodView.of(pod)).isPresent();
  }

  /** Else a claim of mode Block is looked for as a file. */
  @Test
  void knowsBlockDevicesFromWhatTheWatchKeeps() {
    var pod = pod("web-anchor", "anchor", owner(VM, "web", true));
    pod.setSpec(
        new PodSpecBuilder()
            .addNewContainer()
            .withName("dhcp")
            .endContainer()
            .addNewContainer()
            .withName("anchor")
            .withImage("launcher")
            .addNewVolumeDevice("/devices/disk-blocks", "disk-blocks")
            .endContainer()
            .build());

    var unused = new SlimItemStore<Pod>().put("default/web-anchor", pod);

    assertThat(PodView.of(pod).orElseThrow().volumes().isDevice("disk-blocks")).isTrue();
    assertThat(pod.getSpec().getContainers()).hasSize(1);
    assertThat(pod.getSpec().getContainers().getFirst().getImage()).isNull();
  }

  /** The container beside it that carries the guest's probes says so, and not the anchor. */
  @Test
  void knowsWhetherTheKubeletHasSeenTheGuestComeUp() {
    var pod = pod("web-anchor", "anchor", owner(VM, "web", true));
    assertThat(PodView.of(pod).orElseThrow().guestIsUp()).isFalse();

    pod.setStatus(started("anchor", true, "guest", false));
    assertThat(PodView.of(pod).orElseThrow().guestIsUp()).isFalse();
    pod.setStatus(started("anchor", false, "guest", true));
    assertThat(PodView.of(pod).orElseThrow().guestIsUp()).isTrue();
  }

  private static PodStatus started(String one, boolean is, String other, boolean isToo) {
    return new PodStatusBuilder()
        .addNewContainerStatus()
        .withName(one)
        .withStarted(is)
        .endContainerStatus()
        .addNewContainerStatus()
        .withName(other)
        .withStarted(isToo)
        .endContainerStatus()
        .build();
  }

  @Test
  void isNotDeceivedByLabelsAlone() {
    assertThat(PodView.of(pod("web-anchor", "anchor"))).isEmpty();
    assertThat(PodView.of(pod("web-anchor", "anchor", owner(OTHER, "web", true)))).isEmpty();
    assertThat(PodView.of(pod("web-anchor", "anchor", owner(VM, "other", true)))).isEmpty();
    assertThat(PodView.of(pod("web-anchor", "anchor", owner(VM, "web", false)))).isEmpty();
    var foreign = new OwnerReferenceBuilder(owner(VM, "web", true)).withApiVersion("v1").build();
    assertThat(PodView.of(pod("web-anchor", "anchor", foreign))).isEmpty();
  }

  @Test
  void isNotDeceivedByAnOwnerUnderAnotherName() {
    assertThat(PodView.of(pod("evil-anchor", "anchor", owner(VM, "web", true)))).isEmpty();
    assertThat(PodView.of(pod("web-vmm-1", "anchor", owner(VM, "web", true)))).isEmpty();
    assertThat(PodView.of(pod("web-vmm-x", "vmm", owner(VM, "web", true)))).isEmpty();
    assertThat(PodView.of(pod("web-vmm-", "vmm", owner(VM, "web", true)))).isEmpty();
  }

  private static OwnerReference owner(String uid, String name, boolean controller) {
    return new OwnerReferenceBuilder()
        .withApiVersion("moult.dev/v1alpha1")
        .withKind("VirtualMachine")
        .withName(name)
        .withUid(uid)
        .withController(controller)
        .build();
  }

  private static Pod pod(String name, String role, OwnerReference... owners) {
    return new PodBuilder()
        .withNewMetadata()
        .withName(name)
        .withNamespace("default")
        .withUid("0b9a4b52-6a2f-4a39-8d1a-0f6f2a8f6a03")
        .withLabels(Map.of("moult.dev/vm", "web", "moult.dev/vm-uid", VM, "moult.dev/role", role))
        .withOwnerReferences(List.of(owners))
        .endMetadata()
        .build();
  }
}
