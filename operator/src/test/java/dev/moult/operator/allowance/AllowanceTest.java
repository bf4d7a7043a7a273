package dev.moult.operator.allowance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.operator.pod.PodImages;
import io.fabric8.kubernetes.api.model.LimitRange;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AllowanceTest {
  private static final PodImages IMAGES = new PodImages("launcher:1", "qemu:default", "Always");
  private static final VirtualMachine VM = vm(2);

  @ParameterizedTest(name = "{0}: {1} used of {3}, then {2}")
  @CsvSource({
    "pods,                    2,     3,     10,  false",
    "pods,                    9,     10,    10,  true",
    "count/pods,              10,    9,     10,  true",
    "requests.cpu,            1,     2,     4,   false",
    "requests.cpu,            3500m, 3501m, 4,   true",
    "cpu,                     3990m, 3991m, 4,   true",
    "requests.memory,         1Gi,   2Gi,   4Gi, false",
    "memory,                  3904Mi,3905Mi,4Gi, true",
    "limits.cpu,              1,     2,     4,   true",
    "requests.storage,        1Gi,   2Gi,   4Gi, false",
    "count/configmaps,        1,     10,    10,  false",
    "services,                1,     10,    10,  false",
  })
  void onlyRoomForThePodMatters(
      String resource, String before, String after, String hard, boolean another) {
    var then = question(quota(resource, before, hard));
    var now = question(quota(resource, after, hard));

    assertThat(!now.equals(then)).isEqualTo(another);
  }

  @Test
  void aNewQuotaALimitRangeAndAnotherSpecAreAnotherQuestion() {
    var none = Allowance.UNLIMITED.question(VM, IMAGES);
    var quota = question(quota("pods", "1", "10"));
    var range =
        Serialization.unmarshal(
            """
            metadata: {name: small}
            spec: {limits: [{type: Container, max: {cpu: 2}}]}
            """,
            LimitRange.class);
    var limited = new Allowance(List.of(), List.of(range)).question(VM, IMAGES);
    assertThat(List.of(none, quota, limited, Allowance.UNLIMITED.question(vm(3), IMAGES)))
        .doesNotHaveDuplicates();
  }

  @Test
  void aQuotaThatIsNotInForceYetLimitsNothing() {
    var fresh = new ResourceQuotaBuilder(quota("pods", "1", "10")).withStatus(null).build();

    assertThat(new Allowance(List.of(fresh), List.of()).unlimited()).isTrue();
    assertThat(new Allowance(List.of(quota("pods", "1", "10")), List.of()).unlimited()).isFalse();
  }

  private static VirtualMachine vm(long generation) {
    return Serialization.unmarshal(
        """
        metadata: {name: web, namespace: shop, uid: vm-uid, generation: %d}
        spec:
          cpu: {cores: 2, request: 500m}
          memory: {size: 1Gi}
          boot: {kernel: {image: "guest:1"}}
        """
            .formatted(generation),
        VirtualMachine.class);
  }

  private static Question question(ResourceQuota quota) {
    return new Allowance(List.of(quota), List.of()).question(VM, IMAGES);
  }

  private static ResourceQuota quota(String resource, String used, String hard) {
    return new ResourceQuotaBuilder()
        .withNewMetadata()
        .withName("some")
        .endMetadata()
        .withNewSpec()
        .endSpec()
        .withNewStatus()
        .withHard(Map.of(resource, new Quantity(hard)))
        .withUsed(Map.of(resource, new Quantity(used)))
        .endStatus()
        .build();
  }
}
