package dev.moult.operator.it;

import static dev.moult.api.testing.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.moult.api.testing.Chart;
import dev.moult.api.v1alpha1.Binding;
import dev.moult.api.v1alpha1.BootSpec;
import dev.moult.api.v1alpha1.FirmwareType;
import dev.moult.api.v1alpha1.GuestProbe;
import dev.moult.api.v1alpha1.HttpGetProbe;
import dev.moult.api.v1alpha1.NetworkSpec;
import dev.moult.api.v1alpha1.PodNetwork;
import dev.moult.api.v1alpha1.ProbeScheme;
import dev.moult.api.v1alpha1.TcpSocketProbe;
import dev.moult.operator.disk.Claims;
import dev.moult.operator.pod.AnchorPods;
import dev.moult.operator.pod.VmmPods;
import io.fabric8.kubernetes.api.model.EphemeralContainerBuilder;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.fabric8.zjsonpatch.JsonPatch;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the operator's token is good for: the pods that the operator makes, and no others. Each case
 * is such a pod with one thing changed, sent with the operator's own rights.
 */
class OwnPodsIT extends OperatorsRights {
  private static final String NEW = "moult-operator-new-pods";
  private static final String OWN = "moult-operator-own-pods";

  @Test
  void makesAnchorsAndVmms() {
    assertThatCode(() -> make(anchor())).doesNotThrowAnyException();
    assertThatCode(() -> make(vmm())).doesNotThrowAnyException();
  }

  /** A JSON patch on the anchor that the operator would make, and the words of the refusal. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {op: replace, path: /spec/automountServiceAccountToken, value: true} | no service account's token
          {op: remove, path: /spec/automountServiceAccountToken} | no service account's token
          {op: add, path: /spec/serviceAccountName, value: moult-node-agent} | no service account's token
          {op: add, path: /spec/serviceAccountName, value: default}, {op: add, path: /spec/volumes/-, value: {name: x, projected: {sources: [{serviceAccountToken: {path: t}}]}}} | emptyDir and image alone
          {op: add, path: /spec/volumes/-, value: {name: x, hostPath: {path: /}}} | emptyDir and image alone
          {op: add, path: /spec/volumes/-, value: {name: x, secret: {secretName: s}}} | emptyDir and image alone
          {op: add, path: /spec/volumes/-, value: {name: x, persistentVolumeClaim: {claimName: c}}} | emptyDir and image alone
          {op: add, path: /spec/volumes/-, value: {name: disk-x, csi: {driver: d}}} | emptyDir and image alone
          {op: add, path: /spec/hostNetwork, value: true} | share no namespace
          {op: add, path: /spec/hostPID, value: true} | share no namespace
          {op: add, path: /spec/hostIPC, value: true} | share no namespace
          {op: add, path: /spec/shareProcessNamespace, value: true} | share no namespace
          {op: add, path: /spec/nodeName, value: node-a} | the scheduler's to place
          {op: add, path: /spec/containers/-, value: {name: i, image: i}} | have one container
          {op: replace, path: /spec/containers/0/securityContext, value: {privileged: true}} | not privileged
          {op: add, path: /spec/containers/0/securityContext/allowPrivilegeEscalation, value: true} | not privileged
          {op: add, path: /spec/containers/0/securityContext/capabilities/add, value: [NET_ADMIN]} | not privileged
          {op: remove, path: /spec/containers/0/securityContext/capabilities} | not privileged
          {op: add, path: /spec/containers/0/securityContext/runAsUser, value: 0} | not privileged
          {op: add, path: /spec/containers/0/securityContext/runAsGroup, value: 0} | not privileged
          {op: add, path: /spec/containers/0/securityContext/seccompProfile, value: {type: Unconfined}} | not privileged
          {op: add, path: /spec/containers/0/securityContext/appArmorProfile, value: {type: Unconfined}} | not privileged
          {op: add, path: /spec/containers/0/securityContext/seLinuxOptions, value: {level: s0}} | not privileged
          {op: remove, path: /spec/containers/0/securityContext} | not privileged
          {op: replace, path: /spec/securityContext/runAsUser, value: 107} | of uidRange
          {op: replace, path: /spec/securityContext/runAsUser, value: 165536} | of uidRange
          {op: replace, path: /spec/securityContext/runAsGroup, value: 6} | of uidRange
          {op: replace, path: /spec/securityContext/fsGroup, value: 6} | of uidRange
          {op: add, path: /spec/securityContext/supplementalGroups, value: [6]} | of uidRange
          {op: add, path: /spec/securityContext/sysctls, value: [{name: kernel.shm_rmid_forced, value: "1"}]} | of uidRange
          {op: replace, path: /spec/securityContext/seccompProfile, value: {type: Unconfined}} | of uidRange
          {op: add, path: /spec/securityContext/appArmorProfile, value: {type: Unconfined}} | of uidRange
          {op: add, path: /spec/securityContext/seLinuxOptions, value: {level: s0}} | of uidRange
          {op: remove, path: /spec/securityContext} | of uidRange
          {op: add, path: /spec/containers/0/env, value: [{name: a, valueFrom: {secretKeyRef: {name: s, key: k}}}]} | no environment
          {op: add, path: /spec/containers/0/envFrom, value: [{secretRef: {name: s}}]} | no environment
          {op: add, path: /spec/containers/0/lifecycle, value: {preStop: {exec: {command: [a]}}}} | no environment
          {op: add, path: /spec/containers/0/livenessProbe, value: {exec: {command: [a]}}} | no environment
          {op: add, path: /spec/containers/0/ports, value: [{containerPort: 80, hostPort: 80}]} | no environment
          {op: replace, path: /spec/containers/0/image, value: "evil.example/launcher:dev"} | an anchor runs moult.local/launcher:dev
          {op: remove, path: /metadata/ownerReferences} | controlled by a VirtualMachine
          {op: replace, path: /metadata/ownerReferences/0/controller, value: false} | controlled by a VirtualMachine
          {op: replace, path: /metadata/ownerReferences/0/kind, value: Secret} | controlled by a VirtualMachine
          {op: replace, path: /metadata/ownerReferences/0/apiVersion, value: other.dev/v1} | controlled by a VirtualMachine
          {op: replace, path: /metadata/labels/moult.dev~1role, value: other} | anchor or vmm
          {op: remove, path: /metadata/labels} | anchor or vmm
          """)
  void makesNoOthers(String change, String words) {
    assertRefused(NEW, words, () -> make(changed(anchor(), change)));
    if (!change.contains("/containers/0/image")) {
      assertRefused(NEW, words, () -> make(changed(vmm(), change)));
    }
  }

  /** Volumes of disks, as they stand in an anchor. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{name: disk-x, persistentVolumeClaim: {claimName: c}}",
        "{name: disk-x, secret: {secretName: s, items: [{key: userdata, path: userdata}, {key: user-data, path: user-data}]}}",
        "{name: disk-x, secret: {secretName: s, items: [{key: networkdata, path: a}, {key: network-config, path: b}]}}"
      })
  void anAnchorHasDisksAndAVmmHasNone(String volume) {
    var change = "{op: add, path: /spec/volumes/-, value: " + volume + "}";

    assertThatCode(() -> make(changed(anchor(), change))).doesNotThrowAnyException();
    assertRefused(NEW, "emptyDir and image alone", () -> make(changed(vmm(), change)));
  }

  @Test
  void aDeviceIsADiskOfAnAnchor() {
    var change =
        "{op: add, path: /spec/volumes/-, value: {name: disk-x, persistentVolumeClaim: {claimName: c}}},"
            + " {op: add, path: /spec/containers/0/volumeDevices, value: [{name: disk-x, devicePath: /devices/disk-x}]}";

    assertThatCode(() -> make(changed(anchor(), change))).doesNotThrowAnyException();
    assertRefused(NEW, "emptyDir and image alone", () -> make(changed(vmm(), change)));
    var elsewhere = change.replace("/devices/disk-x", "/dev/x");
    assertRefused(NEW, "each at /devices/", () -> make(changed(anchor(), elsewhere)));
  }

  /** Somebody else's keys are not for it, whatever the volume's name. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{name: disk-x, secret: {secretName: s}}",
        "{name: disk-x, secret: {secretName: s, items: []}}",
        "{name: disk-x, secret: {secretName: s, items: [{key: userdata, path: a}, {key: token, path: b}]}}",
        "{name: disk-x, secret: {secretName: s, items: [{key: tls.key, path: userdata}]}}"
      })
  void ofASecretAnAnchorHasWhatCloudInitReads(String volume) {
    var change = "{op: add, path: /spec/volumes/-, value: " + volume + "}";

    assertRefused(NEW, "of a Secret an anchor has the keys", () -> make(changed(anchor(), change)));
  }

  @Test
  void anAnchorHasItsGuestsDhcpBesideIt() {
    assertThatCode(() -> make(firmwareAnchor())).doesNotThrowAnyException();
    assertRefused(
        NEW,
        "have one container",
        () ->
            make(
                changed(
                    vmm(),
                    "{op: add, path: /spec/initContainers, value: [{name: dhcp, image: i}]}")));
    assertRefused(
        NEW,
        "have one container",
        () ->
            make(
                changed(
                    firmwareAnchor(),
                    "{op: add, path: /spec/initContainers/-, value: {name: dhcp2, image: i}}")));
  }

  /** A JSON patch on the anchor of a guest that boots by firmware. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{op: replace, path: /spec/initContainers/0/name, value: other}",
        "{op: replace, path: /spec/initContainers/0/image, value: 'evil.example/launcher:dev'}",
        "{op: remove, path: /spec/initContainers/0/restartPolicy}",
        "{op: replace, path: /spec/initContainers/0/command/0, value: /bin/sh}",
        "{op: remove, path: /spec/initContainers/0/command}",
        "{op: add, path: /spec/initContainers/0/args, value: [a]}",
        "{op: add, path: /spec/initContainers/0/env, value: [{name: a, value: b}]}",
        "{op: add, path: /spec/initContainers/0/volumeMounts, value: [{name: moult, mountPath: /m}]}",
        "{op: add, path: /spec/initContainers/0/ports, value: [{containerPort: 67}]}",
        "{op: add, path: /spec/initContainers/0/stdin, value: true}",
        "{op: remove, path: /spec/initContainers/0/securityContext}",
        "{op: add, path: /spec/initContainers/0/securityContext/runAsUser, value: 0}",
        "{op: replace, path: /spec/initContainers/0/securityContext, value: {privileged: true}}",
        "{op: add, path: /spec/initContainers/0/securityContext/capabilities/add, value: [NET_ADMIN]}",
        "{op: remove, path: /spec/initContainers/0/securityContext/capabilities}"
      })
  void nothingElseRunsBesideAnAnchor(String change) {
    assertRefused(
        NEW,
        "beside an anchor runs the launcher's /opt/moult/dhcp alone",
        () -> make(changed(firmwareAnchor(), change)));
  }

  @Test
  void anAnchorHasItsGuestsProbesBesideIt() {
    assertThatCode(() -> make(probedAnchor())).doesNotThrowAnyException();
    var guest =
        Serialization.asJson(probedAnchor().getSpec().getContainers().get(1)).replace("\n", " ");
    assertRefused(
        NEW,
        "have one container",
        () -> make(changed(vmm(), "{op: add, path: /spec/containers/-, value: " + guest + "}")));
    assertRefused(
        NEW,
        "have one container",
        () ->
            make(
                changed(
                    probedAnchor(),
                    "{op: add, path: /spec/containers/-, value: {name: g, image: i}}")));
    assertRefused(
        NEW,
        "have one container",
        () ->
            make(
                changed(
                    probedAnchor(),
                    "{op: replace, path: /spec/containers/0/name, value: guest},"
                        + " {op: replace, path: /spec/containers/1/name, value: anchor}")));
  }

  /** A JSON patch on the anchor of a guest with probes. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{op: replace, path: /spec/containers/1/image, value: 'evil.example/launcher:dev'}",
        "{op: replace, path: /spec/containers/1/command/2, value: 'sleep infinity'}",
        "{op: remove, path: /spec/containers/1/command}",
        "{op: add, path: /spec/containers/1/args, value: [a]}",
        "{op: add, path: /spec/containers/1/env, value: [{name: a, value: b}]}",
        "{op: add, path: /spec/containers/1/volumeMounts, value: [{name: moult, mountPath: /m}]}",
        "{op: add, path: /spec/containers/1/ports, value: [{containerPort: 67}]}",
        "{op: add, path: /spec/containers/1/lifecycle, value: {preStop: {exec: {command: [a]}}}}",
        "{op: remove, path: /spec/containers/1/securityContext}",
        "{op: add, path: /spec/containers/1/securityContext/runAsUser, value: 0}",
        "{op: replace, path: /spec/containers/1/securityContext, value: {privileged: true}}",
        "{op: remove, path: /spec/containers/1/securityContext/capabilities}",
        "{op: add, path: /spec/containers/1/livenessProbe/tcpSocket/host, value: 10.1.1.1}",
        "{op: add, path: /spec/containers/1/readinessProbe/httpGet/host, value: 10.1.1.1}",
        "{op: replace, path: /spec/containers/1/livenessProbe, value: {exec: {command: [a]}}}"
      })
  void nothingElseCarriesTheProbes(String change) {
    assertRefused(
        NEW,
        "a guest's probes are carried by a container that does nothing",
        () -> make(changed(probedAnchor(), change)));
  }

  @Test
  void aVmmPodIsLaunchedByMoultsOwnLauncher() {
    assertRefused(
        NEW,
        "launched by moult.local/launcher:dev alone",
        () ->
            make(
                changed(
                    vmm(), "{op: replace, path: /spec/volumes/1/image/reference, value: evil}")));
  }

  @Test
  void anUpgradeMayNameTheFormerLauncher() {
    API.server().installChart("admission.formerLauncherImages={moult.local/launcher:before}");
    try {
      var former =
          "{op: replace, path: /spec/containers/0/image, value: 'moult.local/launcher:before'}";
      assertThatCode(() -> make(changed(anchor(), former))).doesNotThrowAnyException();
      assertThatCode(() -> make(anchor())).doesNotThrowAnyException();
    } finally {
      API.server().installChart();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"kube-system", "kube-public", "kube-node-lease"})
  void makesNoneInSystemNamespaces(String namespace) {
    var pod = anchor();
    pod.getMetadata().setNamespace(namespace);

    assertRefused(NEW, "the operator makes no pods in " + namespace, () -> make(pod));
  }

  @Test
  void touchesNoPodOfOthers() {
    var pod =
        API.client()
            .resource(
                new PodBuilder()
                    .withNewMetadata()
                    .withName("theirs")
                    .withNamespace("kube-system")
                    .endMetadata()
                    .withNewSpec()
                    .addNewContainer()
                    .withName("main")
                    .withImage("theirs")
                    .withNewResources()
                    .addToRequests("cpu", new Quantity("2m"))
                    .endResources()
                    .endContainer()
                    .endSpec()
                    .build())
            .create();
    var words = "touches no pod that is not controlled by a VirtualMachine";

    assertRefused(OWN, words, () -> patch(pod, null, "{metadata: {labels: {a: b}}}"));
    assertRefused(
        OWN, words, () -> patch(pod, null, "{spec: {containers: [{name: main, image: mine}]}}"));
    assertRefused(OWN, words, () -> patch(pod, "status", "{status: {podIP: 10.1.1.1}}"));
    assertRefused(
        OWN,
        words,
        () ->
            patch(
                pod,
                "resize",
                "{spec: {containers: [{name: main, resources: {requests: {cpu: 1m}}}]}}"));
    assertRefused(OWN, words, () -> operator.resource(pod).delete());
    API.client().resource(pod).withGracePeriod(0).delete();
  }

  @Test
  void changesOfItsOwnPodsTheUsersMetadataAlone() {
    var held = changed(anchor(), "{op: add, path: /metadata/finalizers/-, value: else.dev/mine}");
    var pod = operator.resource(held).create();

    assertThatCode(() -> patch(pod, null, "{metadata: {labels: {app: web}, annotations: {a: b}}}"))
        .doesNotThrowAnyException();
    for (var change :
        new String[] {
          "{spec: {containers: [{name: anchor, image: mine}]}}",
          "{spec: {activeDeadlineSeconds: 1}}",
          "{metadata: {ownerReferences: [{$patch: delete, uid: '" + owner(pod) + "'}]}}",
          "{metadata: {finalizers: [a.dev/b]}}",
          "{metadata: {$deleteFromPrimitiveList/finalizers: [else.dev/mine]}}",
          "{metadata: {labels: {moult.dev/role: vmm}}}",
          "{metadata: {labels: {moult.dev/vm: other}}}",
          "{metadata: {labels: {moult.dev/vm-uid: other}}}",
          "{metadata: {labels: {moult.dev/revision: '7'}}}",
          "{metadata: {labels: {moult.dev/update-uid: other}}}",
          "{metadata: {annotations: {moult.dev/uid: '0'}}}"
        }) {
      assertRefused(OWN, "only the labels and annotations", () -> patch(pod, null, change));
    }
    assertThatCode(() ->
            patch(
                pod,
                null,
                "{metadata: {$deleteFromPrimitiveList/finalizers: [moult.dev/proof-of-death]}}"))
        .as("its own finalizer")
        .doesNotThrowAnyException();
  }

  @Test
  void writesOfAStatusTheGuestsGateAlone() {
    var pod = operator.resource(anchor()).create();
    var gate = "{status: {conditions: [{type: moult.dev/guest, status: 'True'}]}}";

    assertThatCode(() -> patch(pod, "status", gate)).doesNotThrowAnyException();
    assertThatCode(() -> patch(pod, "status", gate.replace("True", "False")))
        .doesNotThrowAnyException();
    for (var change :
        new String[] {
          "{status: {podIP: 10.1.1.1, podIPs: [{ip: 10.1.1.1}]}}",
          "{status: {phase: Running}}",
          "{status: {conditions: [{type: Ready, status: 'True'}]}}"
        }) {
      assertRefused(OWN, "only the condition moult.dev/guest", () -> patch(pod, "status", change));
    }
  }

  @Test
  void resizesAndDeletesItsOwn() {
    var pod = operator.resource(vmm()).create();

    assertThatCode(() ->
            patch(
                pod,
                "resize",
                "{spec: {containers: [{name: vmm, resources: {requests: {cpu: 20m}}}]}}"))
        .doesNotThrowAnyException();
    assertThatCode(() -> operator.resource(pod).withGracePeriod(0).delete())
        .doesNotThrowAnyException();
  }

  /** The role has none of it; were it wider, the policy stands. */
  @Test
  void usesNoOtherSubresourceEvenIfItsRoleAllowedIt() {
    var pod = operator.resource(anchor()).create();
    var wide =
        API.client()
            .resource(
                new ClusterRoleBindingBuilder()
                    .withNewMetadata()
                    .withName("wide")
                    .endMetadata()
                    .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", "cluster-admin")
                    .addNewSubject("", "ServiceAccount", Chart.OPERATOR, Chart.NAMESPACE)
                    .build())
            .create();
    var debug =
        Map.of(
            "spec",
            Map.of(
                "ephemeralContainers",
                List.of(new EphemeralContainerBuilder().withName("d").withImage("d").build())));
    try {
      await()
          .untilAsserted(() ->
              assertRefused(
                  OWN,
                  "does not use pods/ephemeralcontainers",
                  () -> patch(pod, "ephemeralcontainers", Serialization.asJson(debug))));
      assertRefused(
          OWN,
          "does not use pods/exec",
          () ->
              operator.raw(
                  "/api/v1/namespaces/"
                      + API.namespace()
                      + "/pods/"
                      + pod.getMetadata().getName()
                      + "/exec?command=id&stdout=true",
                  "POST",
                  null));
    } finally {
      API.client().resource(wide).delete();
    }
  }

  /** The policies are about the operator's account. */
  @Test
  void othersAreNotConcerned() {
    var pod =
        changed(
            anchor(),
            "{op: remove, path: /metadata/labels}, {op: add, path: /spec/hostNetwork, value: true}");

    assertThatCode(() -> API.client().resource(pod).dryRun().create()).doesNotThrowAnyException();
  }

  private Pod anchor() {
    return AnchorPods.build(vm, 100_007, IMAGES, Claims.NONE);
  }

  private Pod firmwareAnchor() {
    var spec = vm.getSpec();
    vm.setSpec(
        spec.withBoot(new BootSpec(null, FirmwareType.BIOS))
            .withNetworks(
                List.of(
                    new NetworkSpec(
                        "pod", new PodNetwork(Binding.MASQUERADE), null, null, List.of(), 1))));
    return anchor();
  }

  private Pod probedAnchor() {
    var http = new HttpGetProbe("/", new IntOrString(80), ProbeScheme.HTTP, List.of());
    var tcp = new TcpSocketProbe(new IntOrString(22));
    vm.setSpec(
        vm.getSpec()
            .withReadinessProbe(new GuestProbe(http, null, 0, 10, 1, 1, 3))
            .withLivenessProbe(new GuestProbe(null, tcp, 0, 10, 1, 1, 3))
            .withStartupProbe(new GuestProbe(null, tcp, 0, 10, 1, 1, 3)));
    return anchor();
  }

  private Pod vmm() {
    var order =
        new VmmPods.Order(
            100_007, "node-a", 1, IMAGES.defaultVmm(), VmmPods.cpuRequest(vm), Optional.empty());
    return VmmPods.build(vm, order, IMAGES);
  }

  private static String owner(Pod pod) {
    return pod.getMetadata().getOwnerReferences().getFirst().getUid();
  }

  /** As the operator, for nothing to be left. */
  private static void make(Pod pod) {
    operator.resource(pod).dryRun().create();
  }

  private static Pod changed(Pod pod, String operation) {
    var patch = tree("[" + operation + "]");
    var tree = Serialization.jsonMapper().<JsonNode>valueToTree(pod);
    return Serialization.jsonMapper().convertValue(JsonPatch.apply(patch, tree), Pod.class);
  }

  private static JsonNode tree(String yaml) {
    try {
      return Serialization.yamlMapper().readTree(yaml);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static void patch(Pod pod, @Nullable String subresource, String yaml) {
    var json = tree(yaml).toString();
    var resource =
        operator
            .pods()
            .inNamespace(pod.getMetadata().getNamespace())
            .withName(pod.getMetadata().getName());
    var context = PatchContext.of(PatchType.STRATEGIC_MERGE);
    if (subresource == null) {
      resource.patch(context, json);
    } else {
      resource.subresource(subresource).patch(context, json);
    }
  }
}
