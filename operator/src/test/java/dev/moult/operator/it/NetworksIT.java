package dev.moult.operator.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Further networks, with the operator as a process under its own role. */
class NetworksIT {
  @RegisterExtension static final OperatorExtension OPERATOR = new OperatorExtension();

  /** First Multus is not there, then the definition, and in the end both are. */
  @Test
  void whatANetworkNeedsIsNamedAndWaitedFor() throws Exception {
    var world = OPERATOR.world();
    world.vm(
        "web",
        spec -> {
          spec.put(
              "networks",
              List.of(
                  Map.of("name", "pod", "pod", Map.of()),
                  Map.of("name", "blue", "multus", Map.of("networkName", "vlan-10"))));
          return spec;
        });

    world.eventually(
        () -> assertThat(world.condition("web", "Stalled")).isEqualTo("TRUE MultusNotInstalled"));
    assertThat(world.podNames()).isEmpty();

    installKind();
    touch(world, 6);

    world.eventually(() ->
        assertThat(world.condition("web", "Ready")).isEqualTo("FALSE NetworkAttachmentNotFound"));
    world.eventually(() ->
        assertThat(world.eventReasons("VirtualMachine", "web"))
            .contains("MultusNotInstalled", "NetworkAttachmentNotFound"));
    assertThat(world.podNames()).isEmpty();

    world.eventually(() -> define(world, "vlan-10"));
    touch(world, 7);

    world.eventually(() -> assertThat(world.pods("web-anchor").get()).isNotNull());
    assertThat(world.pod("web-anchor").getMetadata().getAnnotations())
        .containsEntry(
            "k8s.v1.cni.cncf.io/networks",
            "[{\"interface\":\"net1\",\"name\":\"vlan-10\",\"namespace\":\""
                + world.namespace
                + "\"}]");
    world.running("web");
    assertThat(world.pod("web-vmm-1").getMetadata().getAnnotations())
        .doesNotContainKey("k8s.v1.cni.cncf.io/networks");

    world.patchSpec("web", Map.of("networks", List.of(Map.of("name", "pod", "pod", Map.of()))));

    world.eventually(() ->
        assertThat(world.condition("web", "RestartRequired")).isEqualTo("TRUE RestartNeeded"));
  }

  /** It looks again by itself, after 15 s; a change of the object is looked at now. */
  private static void touch(World world, int seconds) {
    world.patchSpec("web", Map.of("terminationGracePeriodSeconds", seconds));
  }

  private static void installKind() throws Exception {
    var kind =
        Serialization.unmarshal(
            Files.readString(Path.of("../dev/cluster/config/network-attachments.yaml")),
            CustomResourceDefinition.class);
    var client = OPERATOR.client();
    client.resource(kind).create();
    client
        .apiextensions()
        .v1()
        .customResourceDefinitions()
        .withName(kind.getMetadata().getName())
        .waitUntilCondition(
            crd ->
                crd.getStatus() != null
                    && crd.getStatus().getConditions() != null
                    && crd.getStatus().getConditions().stream()
                        .anyMatch(
                            c -> "Established".equals(c.getType()) && "True".equals(c.getStatus())),
            30,
            TimeUnit.SECONDS);
  }

  /** The kind may be known a moment later than it is said to be. */
  private static void define(World world, String name) {
    var definition =
        Serialization.unmarshal(
            """
            apiVersion: k8s.cni.cncf.io/v1
            kind: NetworkAttachmentDefinition
            metadata: {name: %s, namespace: %s}
            spec: {config: '{"type": "bridge"}'}
            """
                .formatted(name, world.namespace),
            GenericKubernetesResource.class);
    assertThatCode(() -> OPERATOR.client().resource(definition).serverSideApply())
        .doesNotThrowAnyException();
  }
}
