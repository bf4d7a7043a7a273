package dev.moult.linux.process;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PodContainerTest {
  private static final String UID = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9";
  private static final String UID_SYSTEMD = UID.replace('-', '_');
  private static final String ID = "0123456789abcdef".repeat(4);
  private static final PodContainer EXPECTED = new PodContainer(UID, ID);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0::/kubepods/burstable/pod%1$s/%3$s",
        "0::/kubepods/besteffort/pod%1$s/%3$s",
        "0::/kubepods/pod%1$s/%3$s",
        "0::/kubelet/kubepods/burstable/pod%1$s/crio-%3$s",
        "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod%2$s.slice/cri-containerd-%3$s.scope",
        "0::/kubepods.slice/kubepods-pod%2$s.slice/crio-%3$s.scope",
        "0::/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/kubelet-kubepods-besteffort-pod%2$s.slice/cri-containerd-%3$s.scope",
        "0::/../../pod%1$s/%3$s",
        "9:name=systemd:/\n4:memory:/process_api/kubepods/burstable/pod%1$s/%3$s\n1:cpu:/kubepods/burstable/pod%1$s/%3$s\n0::/",
      })
  void readsEveryDriver(String text) {
    assertThat(PodContainer.parse(text.formatted(UID, UID_SYSTEMD, ID) + "\n")).contains(EXPECTED);
  }

  @Test
  void readsAStaticPod() {
    String hash = "0123456789abcdef0123456789abcdef";
    assertThat(PodContainer.parse("0::/kubepods/burstable/pod" + hash + "/" + ID))
        .contains(new PodContainer(hash, ID));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0::/",
        "0::/user.slice/user-0.slice",
        "0::/system.slice/kubelet.service",
        // a pod's own cgroup, and one below the container's
        "0::/kubepods/burstable/pod%1$s",
        "0::/kubepods/burstable/pod%1$s/%3$s/inner",
        // nested: the pod nearest to the root counts, and it is not followed by a container
        "0::/kubepods/burstable/pod11111111-1111-1111-1111-111111111111/%3$s/kubepods/pod%1$s/%3$s",
        // not an id, not a uid
        "0::/kubepods/burstable/pod%1$s/abc",
        "0::/kubepods/burstable/podx/%3$s",
        // drivers mixed
        "0::/kubepods-pod%2$s.slice/%3$s",
        "0::/kubepods/pod%1$s/cri-containerd-%3$s.scope",
        // two hierarchies that disagree, or one that is odd
        "2:cpu:/kubepods/pod%1$s/%3$s\n3:memory:/kubepods/pod11111111-1111-1111-1111-111111111111/%3$s",
        "2:cpu:/kubepods/pod%1$s/%3$s\n3:memory:/kubepods/pod%1$s/%3$s/inner",
      })
  void provesNothingOtherwise(String text) {
    assertThat(PodContainer.parse(text.formatted(UID, UID_SYSTEMD, ID) + "\n")).isEmpty();
  }
}
