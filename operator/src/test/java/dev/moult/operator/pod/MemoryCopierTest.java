package dev.moult.operator.pod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.fabric8.kubernetes.api.model.VolumeMount;
import org.junit.jupiter.api.Test;

class MemoryCopierTest {
  private static final PodImages IMAGES =
      new PodImages("moult/launcher:1", "moult/qemu:default", "IfNotPresent");

  @Test
  void isThereForAClaimAlone() {
    var none = new MemoryCopier(null, null);

    assertThat(none.containers(IMAGES)).isEmpty();
    assertThat(none.volumes()).isEmpty();
  }

  @Test
  void seesTheClaimsAndTheBrokersSocket() {
    var copier = new MemoryCopier("web-suspend", "templates");

    var container = copier.containers(IMAGES).getFirst();
    assertThat(container.getName()).isEqualTo("memory");
    assertThat(container.getImage()).isEqualTo("moult/launcher:1");
    assertThat(container.getCommand()).last().isEqualTo("@/opt/moult/launcher/memory.args");
    assertThat(container.getVolumeMounts())
        .extracting(VolumeMount::getMountPath, VolumeMount::getReadOnly)
        .containsExactly(
            tuple("/run/moult", null),
            tuple("/volumes/suspend", null),
            tuple("/volumes/memory-source", true));
    assertThat(container.getSecurityContext()).isEqualTo(PodCommon.containerSecurity());
    assertThat(copier.volumes())
        .extracting(
            volume -> volume.getName(),
            volume -> volume.getPersistentVolumeClaim().getClaimName(),
            volume -> volume.getPersistentVolumeClaim().getReadOnly())
        .containsExactly(
            tuple("suspend", "web-suspend", null), tuple("memory-source", "templates", true));
  }

  @Test
  void seesNoMoreThanTheClaimThatIsNamed() {
    assertThat(new MemoryCopier(null, "templates").volumes()).hasSize(1);
    assertThat(new MemoryCopier("web-suspend", null).containers(IMAGES).getFirst())
        .satisfies(container -> assertThat(container.getVolumeMounts()).hasSize(2));
  }
}
