package dev.moult.operator.it;

import static dev.moult.api.testing.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.moult.api.testing.Chart;
import dev.moult.operator.disk.Claims;
import dev.moult.operator.pod.AnchorPods;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whose pods are a virtual machine's: the operator's, even for a cluster's administrator. */
class VmPodsIT extends OperatorsRights {
  private static final String POLICY = "moult-vm-pods";

  private Pod anchor;

  @BeforeEach
  void makeAnAnchor() {
    anchor = AnchorPods.build(vm, 100_007, IMAGES, Claims.NONE);
  }

  @Test
  void nobodyElseMakesThem() {
    assertRefused(
        POLICY,
        "made by Moult's operator alone",
        () -> API.client().resource(anchor).dryRun().create());
    assertThatCode(() -> operator.resource(anchor).dryRun().create()).doesNotThrowAnyException();
  }

  /** An account of the operator's name, with all rights in a namespace of its own. */
  @Test
  void norDoesAnImpostorInAnotherNamespace() {
    var namespace = API.namespace();
    try (var impostor = API.identities().serviceAccount(namespace, Chart.OPERATOR)) {
      API.client()
          .resource(
              new RoleBindingBuilder()
                  .withNewMetadata()
                  .withName("owner")
                  .withNamespace(namespace)
                  .endMetadata()
                  .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", "cluster-admin")
                  .addNewSubject("", "ServiceAccount", Chart.OPERATOR, namespace)
                  .build())
          .create();

      await()
          .untilAsserted(() ->
              assertRefused(
                  POLICY,
                  "made by Moult's operator alone",
                  () -> impostor.resource(anchor).dryRun().create()));
    }
  }

  @Test
  void nobodyElseChangesWhatTheyAre() {
    Pod pod = operator.resource(anchor).create();

    for (var label :
        new String[] {
          "moult.dev/vm: other",
          "moult.dev/vm-uid: other",
          "moult.dev/vm-uid: null",
          "moult.dev/role: vmm",
          "moult.dev/revision: '7'",
          "moult.dev/update-uid: other"
        }) {
      assertRefused(
          POLICY,
          "are the operator's",
          () -> patch(pod, "{metadata: {labels: {%s}}}".formatted(label)));
    }
    assertRefused(
        POLICY,
        "moult.dev/uid",
        () -> patch(pod, "{metadata: {annotations: {moult.dev/uid: '0'}}}"));
    assertThatCode(() -> patch(pod, "{metadata: {labels: {app: web}, annotations: {a: b}}}"))
        .doesNotThrowAnyException();
    assertThatCode(() -> API.client().resource(pod).withGracePeriod(0).delete())
        .doesNotThrowAnyException();
  }

  @Test
  void noOtherPodBecomesOne() {
    var plain =
        new PodBuilder(anchor)
            .editMetadata()
            .withName("plain")
            .withLabels(null)
            .withAnnotations(null)
            .withFinalizers()
            .withOwnerReferences()
            .endMetadata()
            .build();
    Pod pod = API.client().resource(plain).create();

    assertRefused(
        POLICY,
        "are the operator's",
        () -> patch(pod, "{metadata: {labels: {moult.dev/vm-uid: other}}}"));
    API.client().resource(pod).withGracePeriod(0).delete();
  }

  private static void patch(Pod pod, String yaml) throws JsonProcessingException {
    API.client()
        .pods()
        .inNamespace(pod.getMetadata().getNamespace())
        .withName(pod.getMetadata().getName())
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            Serialization.yamlMapper().readTree(yaml).toString());
  }
}
