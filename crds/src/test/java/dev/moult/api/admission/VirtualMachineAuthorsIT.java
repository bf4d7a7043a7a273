package dev.moult.api.admission;

import static dev.moult.api.testing.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import dev.moult.api.testing.ApiServerExtension;
import dev.moult.api.testing.Chart;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What somebody who may create VirtualMachines, and nothing else, may put into them. */
class VirtualMachineAuthorsIT {
  @RegisterExtension static final ApiServerExtension api = new ApiServerExtension();

  private static final String POLICY = "moult-virtual-machines";
  private static final String CLAIMS_POLICY = "moult-virtual-machine-claims";
  private static final String NETWORKS_POLICY = "moult-virtual-machine-networks";
  private static final String HARDWARE = "cpu: {cores: 1}, memory: {size: 512Mi}";
  private static final String MINIMAL = HARDWARE + ", boot: {kernel: {image: guest}}";

  private static KubernetesClient jane;

  @BeforeAll
  static void install() {
    api.server().installChart();
    jane = api.identities().user("jane");
  }

  @AfterAll
  static void close() {
    jane.close();
  }

  /** Jane is new in each test's namespace. */
  @BeforeEach
  void mayCreateVirtualMachines() {
    allow("author", rule("moult.dev", "virtualmachines", "create", "get", "patch"));
  }

  @Test
  void nothingSpecialIsLetIn() {
    assertThatCode(() -> create("web", "")).doesNotThrowAnyException();
    assertThatCode(
            () -> patch("web", "spec: {runStrategy: Halted, podMetadata: {labels: {app: web}}}"))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {"kube-system", "kube-public", "kube-node-lease"})
  void systemNamespacesHaveNoVirtualMachines(String namespace) {
    assertRefused(
        POLICY,
        "VirtualMachines do not live in " + namespace,
        () -> create(api.client(), namespace, "web", ""));
  }

  @Test
  void aPullSecretIsNamedByWhoMayGetIt() {
    String spec = "imagePullSecrets: [{name: registry}]";
    assertRefused(POLICY, "you may not get the Secret registry", () -> create("web", spec));

    allow("secret", named(rule("", "secrets", "get"), "other"));
    assertRefused(POLICY, "you may not get the Secret registry", () -> create("web", spec));

    allow("secret", named(rule("", "secrets", "get"), "registry"));
    assertThatCode(() -> create("web", spec)).doesNotThrowAnyException();
  }

  @Test
  void eachOfSixteenPullSecretsIsAskedFor() {
    String[] names = IntStream.range(0, 16).mapToObj(i -> "s" + i).toArray(String[]::new);
    String spec =
        Arrays.stream(names)
            .map(name -> "{name: " + name + "}")
            .collect(Collectors.joining(", ", "imagePullSecrets: [", "]"));
    allow("secrets", named(rule("", "secrets", "get"), Arrays.copyOf(names, 15)));
    assertRefused(POLICY, "you may not get the Secret s15", () -> create("web", spec));

    allow("secrets", named(rule("", "secrets", "get"), names));
    assertThatCode(() -> create("one-by-one", spec)).doesNotThrowAnyException();

    allow("secrets", rule("", "secrets", "get"));
    assertThatCode(() -> create("all", spec)).doesNotThrowAnyException();
  }

  @Test
  void aSecretIsAskedForWhenItIsNamedAndWhenItsUseChanges() {
    create(api.client(), api.namespace(), "web", "imagePullSecrets: [{name: registry}]");

    assertThatCode(() -> patch("web", "spec: {runStrategy: Halted}")).doesNotThrowAnyException();
    assertThatCode(() -> patch("web", "spec: {vmm: {image: 'moult.local/qemu:11.1.3'}}"))
        .doesNotThrowAnyException();
    assertRefused(
        POLICY,
        "you may not get the Secret other",
        () -> patch("web", "spec: {imagePullSecrets: [{name: registry}, {name: other}]}"));
    assertRefused(
        POLICY,
        "you may not get the Secret registry",
        () -> patch("web", "spec: {boot: {kernel: {image: theirs}}}"));
    assertRefused(
        POLICY,
        "you may not get the Secret registry",
        () -> patch("web", "spec: {disks: [{name: a, containerDisk: {image: theirs, path: /a}}]}"));
    assertThatCode(
            () -> patch("web", "spec: {imagePullSecrets: [], boot: {kernel: {image: mine}}}"))
        .doesNotThrowAnyException();
  }

  @Test
  void cloudInitsSecretIsNamedByWhoMayGetIt() {
    String spec = "disks: [{name: seed, cloudInit: {secretName: web-init}}]";
    assertRefused(POLICY, "you may not get the Secret web-init", () -> create("web", spec));
    assertThatCode(() -> create("inline", "disks: [{name: seed, cloudInit: {userData: a}}]"))
        .as("no Secret")
        .doesNotThrowAnyException();
    create(api.client(), api.namespace(), "theirs", spec);
    assertThatCode(() -> patch("theirs", "spec: {runStrategy: Halted}"))
        .as("changes something else")
        .doesNotThrowAnyException();
    assertRefused(
        POLICY,
        "you may not get the Secret web-init",
        () -> patch("theirs", "spec: {boot: {kernel: {args: 'init=/bin/sh'}}}"));

    allow("secret", named(rule("", "secrets", "get"), "web-init"));

    assertThatCode(() -> create("web", spec)).doesNotThrowAnyException();
  }

  @Test
  void aClaimIsNamedByWhoMayGetIt() {
    String spec = "disks: [{name: data, persistentVolumeClaim: {claimName: web-data}}]";
    String words = "you may not get the PersistentVolumeClaim web-data";
    assertRefused(CLAIMS_POLICY, words, () -> create("web", spec));
    assertThatCode(() -> create("empty", "disks: [{name: data, emptyDisk: {capacity: 1Gi}}]"))
        .as("no claim")
        .doesNotThrowAnyException();
    create(api.client(), api.namespace(), "theirs", spec);
    assertThatCode(() -> patch("theirs", "spec: {runStrategy: Halted}"))
        .as("changes something else")
        .doesNotThrowAnyException();
    assertRefused(
        CLAIMS_POLICY, words, () -> patch("theirs", "spec: {boot: {kernel: {image: mine}}}"));
    assertRefused(
        CLAIMS_POLICY,
        words,
        () ->
            patch(
                "theirs",
                "spec: {disks: [{name: data, persistentVolumeClaim: {claimName: web-data}},"
                    + " {name: mine, emptyDisk: {capacity: 1Gi}}]}"));

    allow("claim", named(rule("", "persistentvolumeclaims", "get"), "web-data"));

    assertThatCode(() -> create("web", spec)).doesNotThrowAnyException();
    assertThatCode(() -> patch("theirs", "spec: {boot: {kernel: {image: mine}}}"))
        .doesNotThrowAnyException();
  }

  @Test
  void theClaimOfUefisVariablesIsOneToo() {
    String spec =
        "disks: [{name: tmp, emptyDisk: {capacity: 1Gi}}], boot: {firmware: UEFI, %s}"
            .formatted("uefi: {variables: {claimName: web-firmware}}");
    assertRefused(
        CLAIMS_POLICY,
        "you may not get the PersistentVolumeClaim web-firmware",
        () -> create("web", spec));
    create(api.client(), api.namespace(), "theirs", spec);
    assertThatCode(() -> patch("theirs", "spec: {runStrategy: Halted}"))
        .as("changes something else")
        .doesNotThrowAnyException();

    allow("firmware", named(rule("", "persistentvolumeclaims", "get"), "web-firmware"));

    assertThatCode(() -> create("web", spec)).doesNotThrowAnyException();
  }

  @Test
  void eachOfSixteenClaimsIsAskedFor() {
    String[] names = IntStream.range(0, 17).mapToObj(i -> "c" + i).toArray(String[]::new);
    allow("claims", named(rule("", "persistentvolumeclaims", "get"), Arrays.copyOf(names, 15)));
    assertRefused(
        CLAIMS_POLICY,
        "you may not get the PersistentVolumeClaim c15",
        () -> create("web", disks(Arrays.copyOf(names, 16))));

    allow("claims", named(rule("", "persistentvolumeclaims", "get"), names));
    assertThatCode(() -> create("one-by-one", disks(Arrays.copyOf(names, 16))))
        .doesNotThrowAnyException();
    assertRefused(CLAIMS_POLICY, "names 16 of them at most", () -> create("web", disks(names)));

    allow("claims", rule("", "persistentvolumeclaims", "get"));
    assertThatCode(() -> create("all", disks(names))).doesNotThrowAnyException();
  }

  @Test
  void aNetworkIsNamedByWhoMayGetIt() {
    String spec = networks("vlan-10", "shared/vlan-20");
    String words = "you may not get the NetworkAttachmentDefinition ";
    assertRefused(NETWORKS_POLICY, words + api.namespace() + "/vlan-10", () -> create("web", spec));
    assertThatCode(() -> create("pod", "networks: [{name: pod, pod: {}}]"))
        .as("no further network")
        .doesNotThrowAnyException();
    create(api.client(), api.namespace(), "theirs", spec);
    assertThatCode(() -> patch("theirs", "spec: {runStrategy: Halted}"))
        .as("changes something else")
        .doesNotThrowAnyException();
    assertRefused(
        NETWORKS_POLICY,
        words + api.namespace() + "/vlan-10",
        () -> patch("theirs", "spec: {boot: {kernel: {image: mine}}}"));

    allow("network", named(definitions(), "vlan-10"));
    assertThatCode(() -> create("mine", networks("vlan-10"))).doesNotThrowAnyException();
    assertRefused(NETWORKS_POLICY, words + "shared/vlan-20", () -> create("web", spec));

    allow("pods", rule("", "pods", "create"));
    assertThatCode(() -> create("web", spec)).doesNotThrowAnyException();
  }

  @Test
  void eachOfEightNetworksIsAskedFor() {
    String[] names = IntStream.range(0, 8).mapToObj(i -> "n" + i).toArray(String[]::new);
    allow("networks", named(definitions(), Arrays.copyOf(names, 7)));
    assertRefused(
        NETWORKS_POLICY,
        "you may not get the NetworkAttachmentDefinition " + api.namespace() + "/n7",
        () -> create("web", networks(names)));

    allow("networks", named(definitions(), names));
    assertThatCode(() -> create("one-by-one", networks(names))).doesNotThrowAnyException();
  }

  private static PolicyRule definitions() {
    return rule("k8s.cni.cncf.io", "network-attachment-definitions", "get");
  }

  private static String networks(String... names) {
    return IntStream.range(0, names.length)
        .mapToObj(i -> "{name: n%d, multus: {networkName: %s}}".formatted(i, names[i]))
        .collect(Collectors.joining(", ", "networks: [", "]"));
  }

  private static String disks(String... claims) {
    return Arrays.stream(claims)
        .map(claim ->
            "{name: %s, bus: scsi, persistentVolumeClaim: {claimName: %s}}".formatted(claim, claim))
        .collect(Collectors.joining(", ", "disks: [", "]"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "moult.local/qemu",
        "moult.local/qemu:10.0.2",
        "moult.local/qemu:none",
        "moult.local/qemu@sha256:00",
        "moult.local/launcher:dev"
      })
  void moultsOwnImagesAreAllowed(String image) {
    assertThatCode(() -> create("web", "vmm: {image: '" + image + "'}")).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "moult.local/guest:dev",
        "moult.local/qemu-of-mine:1",
        "moult.local/qemu/mine:1",
        "evil.example/moult.local/qemu:1",
        "qemu"
      })
  void otherImagesAreNot(String image) {
    String words = "spec.vmm.image: " + image + " is not allowed here";
    assertRefused(POLICY, words, () -> create("web", "vmm: {image: '" + image + "'}"));
    // The list holds for everybody: it is about what runs beside the descriptors of a guest.
    assertRefused(
        POLICY,
        words,
        () -> create(api.client(), api.namespace(), "web", "vmm: {image: '" + image + "'}"));
    create("web", "");
    assertRefused(POLICY, words, () -> patch("web", "spec: {vmm: {image: '" + image + "'}}"));
  }

  /** What is put in, and the words of the refusal. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          priorityClassName: high | spec.priorityClassName: high would preempt others
          schedulerName: mine | spec.schedulerName: mine is not allowed
          tolerations: [{key: node-role.kubernetes.io/control-plane, operator: Exists}] | spec.tolerations
          tolerations: [{operator: Exists}] | spec.tolerations
          nodeSelector: {kubernetes.io/hostname: node-a} | spec.nodeSelector: choose nodes by topology.kubernetes.io/region
          affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [a]}]}]}}} | spec.affinity.nodeAffinity
          affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchFields: [{key: metadata.name, operator: In, values: [a]}]}]}}} | spec.affinity.nodeAffinity
          affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, preference: {matchExpressions: [{key: gpu, operator: Exists}]}}]}} | spec.affinity.nodeAffinity
          affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: zone, labelSelector: {}}]}} | spec.affinity.podAffinity
          affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: zone, labelSelector: {}, namespaceSelector: {}}]}} | spec.affinity.podAffinity
          podMetadata: {annotations: {v1.multus-cni.io/default-network: secret}} | spec.podMetadata.annotations
          """)
  void placementIsForWhoMayCreatePods(String spec, String words) {
    assertRefused(POLICY, words, () -> create("web", spec));
    create("web", "");
    assertRefused(POLICY, words, () -> patch("web", "spec: {" + spec + "}"));
    create(api.client(), api.namespace(), "theirs", spec);
    assertThatCode(() -> patch("theirs", "spec: {runStrategy: Halted}"))
        .as("changes something else")
        .doesNotThrowAnyException();

    allow("pods", rule("", "pods", "create"));

    assertThatCode(() -> create("mine", spec)).doesNotThrowAnyException();
    assertThatCode(() -> patch("web", "spec: {" + spec + "}")).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nodeSelector: {topology.kubernetes.io/zone: a}",
        "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: topology.kubernetes.io/region, operator: In, values: [a]}]}]}}}",
        "topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}]",
        "podMetadata: {labels: {any.example/label: x}}"
      })
  void whatTheValuesAllowFromTheStart(String spec) {
    assertThatCode(() -> create("web", spec)).doesNotThrowAnyException();
  }

  /** Each list of the values opens what is in it, whole or by its beginning, and nothing beside. */
  @Test
  void theValuesDecide() {
    api.server()
        .installChart(
            "admission.vmmImages={elsewhere.example/vmm/*,one.example/qemu:1}",
            "admission.placement.priorityClassNames={vms}",
            "admission.placement.schedulerNames={vms-*}",
            "admission.placement.tolerationKeys={dedicated.example/vms}",
            "admission.placement.nodeLabels={disk}",
            "admission.placement.podAffinity=true",
            "admission.podLabels={app}",
            "admission.podAnnotations={team.example/*}",
            "admission.systemNamespaces={" + api.namespace() + "-not}");
    try {
      String all =
          """
          vmm: {image: "elsewhere.example/vmm/qemu:1"}, priorityClassName: vms, schedulerName: vms-packed,
          tolerations: [{key: dedicated.example/vms, operator: Exists}], nodeSelector: {disk: fast},
          affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: zone, labelSelector: {}}]}},
          podMetadata: {labels: {app: web}, annotations: {team.example/name: shop}}
          """;
      assertThatCode(() -> create("all", all)).doesNotThrowAnyException();
      assertThatCode(() -> create("one", "vmm: {image: \"one.example/qemu:1\"}"))
          .doesNotThrowAnyException();
      assertThatCode(() -> create(api.client(), "kube-system", "web", ""))
          .doesNotThrowAnyException();

      assertRefused(
          POLICY,
          "one.example/qemu:12 is not allowed",
          () -> create("web", "vmm: {image: \"one.example/qemu:12\"}"));
      assertRefused(
          POLICY,
          "moult.local/qemu:1 is not allowed",
          () -> create("web", "vmm: {image: \"moult.local/qemu:1\"}"));
      assertRefused(
          POLICY, "spec.priorityClassName", () -> create("web", "priorityClassName: vms2"));
      assertRefused(POLICY, "spec.schedulerName", () -> create("web", "schedulerName: vms"));
      assertRefused(
          POLICY,
          "spec.nodeSelector",
          () -> create("web", "nodeSelector: {topology.kubernetes.io/zone: a}"));
      assertRefused(
          POLICY,
          "spec.podMetadata.labels",
          () -> create("web", "podMetadata: {labels: {tier: db}}"));
      assertRefused(
          POLICY,
          "spec.podMetadata.annotations",
          () -> create("web", "podMetadata: {annotations: {team: a}}"));
    } finally {
      api.server().installChart();
    }
    assertThatCode(() -> patch("all", "spec: {runStrategy: Halted}"))
        .as("written when it was allowed")
        .doesNotThrowAnyException();
    assertRefused(
        POLICY,
        "is not allowed here",
        () -> patch("all", "spec: {vmm: {image: \"elsewhere.example/vmm/qemu:2\"}}"));
  }

  @Test
  void withoutTheValueThereAreNoPolicies() {
    assertThat(Chart.render("admission.enabled=false"))
        .doesNotContain("ValidatingAdmissionPolicy")
        .contains("ClusterRole");
  }

  private static void create(String name, String spec) {
    create(jane, api.namespace(), name, spec);
  }

  private static void create(KubernetesClient client, String namespace, String name, String spec) {
    String yaml =
        "apiVersion: moult.dev/v1alpha1\nkind: VirtualMachine\nmetadata: {name: %s}\nspec: {%s}"
            .formatted(name, whole(spec));
    var unused =
        client
            .resource(Serialization.unmarshal(yaml, GenericKubernetesResource.class))
            .inNamespace(namespace)
            .create();
  }

  private static String whole(String spec) {
    if (spec.isBlank()) {
      return MINIMAL;
    }
    return (spec.contains("boot: ") ? HARDWARE : MINIMAL) + ", " + spec;
  }

  private static void patch(String name, String yaml) {
    Object change = Serialization.unmarshal(yaml, Object.class);
    jane.genericKubernetesResources("moult.dev/v1alpha1", "VirtualMachine")
        .inNamespace(api.namespace())
        .withName(name)
        .patch(PatchContext.of(PatchType.JSON_MERGE), Serialization.asJson(change));
  }

  /** Gives jane rights in the test's namespace, and waits until the API server knows of them. */
  private static void allow(String role, PolicyRule rule) {
    api.client()
        .resource(
            new RoleBuilder()
                .withNewMetadata()
                .withName(role)
                .withNamespace(api.namespace())
                .endMetadata()
                .withRules(rule)
                .build())
        .serverSideApply();
    api.client()
        .resource(
            new RoleBindingBuilder()
                .withNewMetadata()
                .withName(role)
                .withNamespace(api.namespace())
                .endMetadata()
                .withNewRoleRef("rbac.authorization.k8s.io", "Role", role)
                .addNewSubject("rbac.authorization.k8s.io", "User", "jane", "")
                .build())
        .serverSideApply();
    List<String> names = rule.getResourceNames().isEmpty() ? List.of("") : rule.getResourceNames();
    await()
        .pollInterval(Duration.ofMillis(20))
        .until(() -> names.stream().allMatch(n -> may(rule, n)));
  }

  private static boolean may(PolicyRule rule, String name) {
    return api.client()
        .resource(
            new SubjectAccessReviewBuilder()
                .withNewSpec()
                .withUser("jane")
                .withNewResourceAttributes()
                .withNamespace(api.namespace())
                .withGroup(rule.getApiGroups().getFirst())
                .withResource(rule.getResources().getFirst())
                .withVerb(rule.getVerbs().getFirst())
                .withName(name)
                .endResourceAttributes()
                .endSpec()
                .build())
        .create()
        .getStatus()
        .getAllowed();
  }

  private static PolicyRule rule(String group, String resource, String... verbs) {
    return new PolicyRuleBuilder()
        .withApiGroups(group)
        .withResources(resource)
        .withVerbs(verbs)
        .build();
  }

  private static PolicyRule named(PolicyRule rule, String... names) {
    return new PolicyRuleBuilder(rule).withResourceNames(names).build();
  }
}
