package dev.moult.api.admission;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.moult.api.testing.ApiServerExtension;
import dev.moult.api.v1alpha1.StepName;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Arrays;

/**
 * A VirtualMachine, a LiveUpdate and a VirtualMachineAutopsy, all called web, with every field of
 * their status.
 */
final class Web {
  private final ApiServerExtension api;

  /** Makes them, by cluster-admin, in the namespace of the test that runs. */
  Web(ApiServerExtension api) {
    this.api = api;
    create(
        """
        apiVersion: moult.dev/v1alpha1
        kind: VirtualMachine
        metadata: {name: web}
        spec: {cpu: {cores: 1}, memory: {size: 512Mi}, boot: {kernel: {image: guest}}}
        """);
    create(
        """
        apiVersion: moult.dev/v1alpha1
        kind: LiveUpdate
        metadata: {name: web}
        spec: {virtualMachine: web}
        """);
    create(
        """
        apiVersion: moult.dev/v1alpha1
        kind: VirtualMachineAutopsy
        metadata: {name: web}
        spec: {virtualMachine: web}
        """);
    for (String plural : Written.KINDS.keySet()) {
      ObjectNode status = (ObjectNode) Written.status(plural);
      ArrayNode conditions = status.putArray("conditions");
      StatusParts.conditions(plural)
          .forEach(type -> conditions.add(StatusParts.condition(type, "True")));
      if (plural.equals("liveupdates")) {
        ArrayNode timeline = status.putArray("timeline");
        Arrays.stream(StepName.values())
            .forEach(s -> timeline.add(StatusParts.step(s, "2026-01-01T12:00:00Z")));
      }
      setStatus(plural, status);
    }
  }

  /** A JSON patch of a status. */
  void patch(KubernetesClient client, String plural, String patch) {
    client
        .genericKubernetesResources("moult.dev/v1alpha1", Written.KINDS.get(plural))
        .inNamespace(api.namespace())
        .withName("web")
        .subresource("status")
        .patch(PatchContext.of(PatchType.JSON), patch);
  }

  /** A change of metadata, which no status takes. */
  void relabel(KubernetesClient client) {
    client
        .genericKubernetesResources("moult.dev/v1alpha1", "VirtualMachine")
        .inNamespace(api.namespace())
        .withName("web")
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"metadata\":{\"labels\":{\"a\":\"b\"}}}");
  }

  /** By cluster-admin, whole. */
  void setStatus(String plural, ObjectNode status) {
    GenericKubernetesResource object = object(plural).require();
    object.setAdditionalProperty("status", status);
    var unused = api.client().resource(object).subresource("status").update();
  }

  /** For cluster-admin. */
  Resource<GenericKubernetesResource> object(String plural) {
    return api.client()
        .genericKubernetesResources("moult.dev/v1alpha1", Written.KINDS.get(plural))
        .inNamespace(api.namespace())
        .withName("web");
  }

  private void create(String yaml) {
    var unused =
        api.client()
            .resource(Serialization.unmarshal(yaml, GenericKubernetesResource.class))
            .inNamespace(api.namespace())
            .create();
  }
}
