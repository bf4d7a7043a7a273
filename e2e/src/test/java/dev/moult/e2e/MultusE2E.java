package dev.moult.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.moult.api.v1alpha1.Condition;
import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.TransferredDescriptor;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.e2e.cluster.Console;
import dev.moult.e2e.cluster.NodeView;
import dev.moult.e2e.cluster.TestNamespace;
import dev.moult.e2e.guest.Shell;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Debian with a card in the pod network and one in a second network of the cluster, where a pod is
 * its neighbour. What attaches pods there is the development cluster's stand-in for Multus.
 */
@ExtendWith(Installed.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class MultusE2E {
  private static final Duration PATIENCE = Duration.ofMinutes(8);
  private static final String VM = "twofold";
  private static final String NEIGHBOUR = "neighbour";

  /** Of the second card: PCI slot 0x15. */
  private static final String CARD = "enp0s21";

  private static final Pattern ADDRESS = Pattern.compile(" inet (10\\.86\\.0\\.\\d+)/");

  private static final String NETWORK =
      """
      apiVersion: k8s.cni.cncf.io/v1
      kind: NetworkAttachmentDefinition
      metadata: {name: backend}
      spec:
        config: |
          {"cniVersion": "1.0.0", "name": "e2e-backend", "type": "bridge", "bridge": "moult1",
           "ipam": {"type": "host-local", "dataDir": "/run/moult-dev/ipam",
                    "ranges": [[{"subnet": "10.86.0.0/24", "rangeStart": "10.86.0.10"}]]}}
      """;

  private static final String POD =
      """
      apiVersion: v1
      kind: Pod
      metadata:
        name: neighbour
        annotations:
          k8s.v1.cni.cncf.io/networks: '[{"name": "backend", "interface": "net1"}]'
      spec:
        automountServiceAccountToken: false
        terminationGracePeriodSeconds: 0
        securityContext:
          runAsNonRoot: true
          runAsUser: 1000
          seccompProfile: {type: RuntimeDefault}
        containers:
        - name: idle
          image: moult.local/launcher:dev
          imagePullPolicy: IfNotPresent
          command: [sleep, infinity]
          securityContext:
            allowPrivilegeEscalation: false
            capabilities: {drop: [ALL]}
      """;

  private final TestNamespace namespace;
  private Shell shell;
  private Shell fromNeighbour;
  private String guestThere;
  private String neighbourThere;

  MultusE2E(KubernetesClient client) {
    namespace = TestNamespace.create(client, "e2e-multus");
  }

  /** The network comes after the machine that names it. */
  @BeforeAll
  void boot(@TempDir Path directory) throws Exception {
    Installed.run("images/load", "debian-disk");
    var key = directory.resolve("key");
    Shell.makeKey(key);
    namespace.apply(manifest(Files.readString(directory.resolve("key.pub")).strip()));
    namespace.await(VM, PATIENCE, vm -> isFalse(vm, "NetworkAttachmentNotFound"));
    assertThat(message(namespace.vm(VM).require()))
        .isEqualTo("network backend: NetworkAttachmentDefinition e2e-multus/backend is not there");
    assertThat(namespace.podsOf(VM)).isEmpty();
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(namespace.events("VirtualMachine", VM))
                .extracting("reason")
                .contains("NetworkAttachmentNotFound"));

    namespace.apply(NETWORK);
    namespace.apply(POD);

    var vm = namespace.await(VM, PATIENCE, v -> TestNamespace.isTrue(v, "Ready"));
    try (var console = Console.follow(namespace, VM)) {
      console.await(PATIENCE, line -> line.contains("Debian GNU/Linux 13 " + VM));
    }
    shell = new Shell(key, "debian@" + Objects.requireNonNull(vm.getStatus().address()));
    shell.run("cloud-init status --wait");
    guestThere = address(shell.run("ip -o -4 address show dev " + CARD + " scope global"));
    var there = inNetworkOf(NEIGHBOUR);
    neighbourThere = address(output(there, "ip", "-o", "-4", "address", "show", "dev", "net1"));
    fromNeighbour = new Shell(key, "debian@" + guestThere, there);
  }

  @AfterAll
  void remove() {
    namespace.delete();
  }

  @Test
  @Order(1)
  void theGuestHasWhatTheNetworkGaveTheAnchor() throws Exception {
    assertThat(guestThere).isNotEqualTo(neighbourThere);
    assertThat(shell.run("ip -o -4 address show dev enp0s3 scope global"))
        .contains(" 10.0.2.2/24 ");
    assertThat(shell.run("ip route show default")).contains("via 10.0.2.1 ").doesNotContain(CARD);
    assertThat(shell.run("ip route show dev " + CARD)).contains("10.86.0.0/24");
    assertThat(anchor().getMetadata().getAnnotations())
        .containsEntry(
            "k8s.v1.cni.cncf.io/networks",
            "[{\"interface\":\"net1\",\"name\":\"backend\",\"namespace\":\"e2e-multus\"}]");
    assertThat(output(inNetworkOf(VM + "-anchor"), "ip", "-o", "-4", "address", "show"))
        .as("the anchor has given it away")
        .doesNotContain(guestThere);
  }

  @Test
  @Order(1)
  void guestAndNeighbourReachEachOtherThere() throws Exception {
    assertThat(fromNeighbour.run("hostname")).isEqualTo(VM);
    // Nobody listens, and that is an answer: ECONNREFUSED.
    assertThat(
            shell.run(
                "python3 -c 'import socket; s = socket.socket(); s.settimeout(20);"
                    + " print(s.connect_ex((\"%s\", 9)), s.getsockname())'"
                        .formatted(neighbourThere)))
        .startsWith("111 ");
    assertThat(shell.run("ip route get " + neighbourThere)).contains("dev " + CARD);
  }

  @Test
  @Order(2)
  void bothNetworksLiveThroughALiveUpdate() throws Exception {
    var mac = shell.run("cat /sys/class/net/" + CARD + "/address");
    var boot = shell.run("cat /proc/sys/kernel/random/boot_id");
    try (var remote = fromNeighbour.follow("while sleep 0.2; do echo alive; done")) {
      remote.awaitMore(1);

      var update =
          namespace.update(VM, PATIENCE, () -> namespace.setImage(VM, "moult.local/qemu:11.1.3"));

      assertThat(update.getStatus().phase())
          .as("%s", update.getStatus())
          .isEqualTo(LiveUpdatePhase.COMPLETED);
      assertThat(update.getStatus().descriptors())
          .extracting(TransferredDescriptor::name)
          .contains("tap", "tap1");
      remote.awaitMore(5);
    }
    assertThat(shell.run("cat /proc/sys/kernel/random/boot_id")).isEqualTo(boot);
    assertThat(shell.run("cat /sys/class/net/" + CARD + "/address")).isEqualTo(mac);
    guestAndNeighbourReachEachOtherThere();
    theGuestHasWhatTheNetworkGaveTheAnchor();
  }

  @Test
  @Order(3)
  void aChangeOfTheNetworksWaitsForARestart() {
    namespace.patch(VM, "{\"spec\": {\"networks\": [{\"name\": \"pod\", \"pod\": {}}]}}");

    var vm = namespace.await(VM, PATIENCE, v -> TestNamespace.isTrue(v, "RestartRequired"));

    assertThat(vm.getStatus().conditions())
        .filteredOn(condition -> condition.type().equals("RestartRequired"))
        .singleElement()
        .satisfies(condition -> assertThat(condition.message()).contains("spec.networks[backend]"));
  }

  private static boolean isFalse(VirtualMachine vm, String reason) {
    return vm.getStatus() != null
        && vm.getStatus().conditions().stream()
            .anyMatch(c -> c.type().equals("Ready") && reason.equals(c.reason()));
  }

  private static String message(VirtualMachine vm) {
    return vm.getStatus().conditions().stream()
        .filter(c -> c.type().equals("Ready"))
        .map(Condition::message)
        .findFirst()
        .orElse("");
  }

  private Pod anchor() {
    return Objects.requireNonNull(namespace.pod(VM + "-anchor"));
  }

  /** What runs a command in the network of a pod that runs. */
  private List<String> inNetworkOf(String name) throws IOException {
    var pod =
        namespace
            .client()
            .pods()
            .inNamespace(namespace.name())
            .withName(name)
            .waitUntilCondition(
                p ->
                    p != null
                        && p.getStatus() != null
                        && "Running".equals(p.getStatus().getPhase()),
                PATIENCE.toMillis(),
                TimeUnit.MILLISECONDS);
    var process = NodeView.processes(pod.getMetadata().getUid()).getFirst();
    return List.of("nsenter", "--net=/proc/" + process + "/ns/net");
  }

  private static String output(List<String> there, String... command) throws Exception {
    var words = new ArrayList<>(there);
    words.addAll(List.of(command));
    var process = new ProcessBuilder(words).redirectErrorStream(true).start();
    var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }

  private static String address(String shown) {
    var found = ADDRESS.matcher(shown);
    assertThat(found.find()).as("an address of the second network in: %s", shown).isTrue();
    return found.group(1);
  }

  private static String manifest(String publicKey) {
    return """
    apiVersion: moult.dev/v1alpha1
    kind: VirtualMachine
    metadata:
      name: twofold
    spec:
      cpu: {cores: 1, request: 200m}
      memory: {size: 512Mi}
      vmm: {image: "moult.local/qemu:10.0.2"}
      boot: {firmware: BIOS}
      disks:
      - name: root
        bootOrder: 1
        containerDisk: {image: "moult.local/debian-disk:13", path: /disk/root.qcow2}
      - name: seed
        cloudInit:
          userData: |
            #cloud-config
            hostname: twofold
            ssh_authorized_keys:
            - %s
          networkData: |
            version: 2
            ethernets:
              enp0s3: {dhcp4: true}
              enp0s21: {dhcp4: true}
      networks:
      - name: pod
        pod: {}
        ports:
        - {name: ssh, port: 22}
      - name: backend
        multus: {networkName: backend}
    """
        .formatted(publicKey);
  }
}
