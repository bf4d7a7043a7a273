package dev.moult.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.moult.api.v1alpha1.VirtualMachineAutopsy;
import dev.moult.api.v1alpha1.VirtualMachinePhase;
import dev.moult.e2e.cluster.ExampleVm;
import dev.moult.e2e.cluster.NodeView;
import dev.moult.e2e.cluster.TestNamespace;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A guest's kernel log out of its memory, an ELF core of it, and who gets neither. */
@ExtendWith(Installed.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class AutopsyE2E {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final String VM = "opened";
  private static final long RAM = 512L << 20;

  private final TestNamespace namespace;
  private final Plugin plugin;

  AutopsyE2E(KubernetesClient client) {
    namespace = TestNamespace.create(client, "e2e-autopsy");
    plugin = new Plugin(namespace.name());
  }

  @BeforeAll
  void boot() throws IOException, InterruptedException {
    // jane has all that a namespace's administrator has, joe what the autopsy itself needs too.
    namespace.apply(
        """
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: {name: jane}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: admin}
        subjects:
        - {apiGroup: rbac.authorization.k8s.io, kind: User, name: jane}
        - {apiGroup: rbac.authorization.k8s.io, kind: User, name: joe}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata: {name: opens}
        rules:
        - apiGroups: [moult.dev]
          resources: [virtualmachineautopsies]
          verbs: [create, list, watch]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: {name: opens}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: opens}
        subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: joe}]
        """);
    var unused =
        namespace.boot(VM, ExampleVm.manifest(Installed.checkout(), VM, yaml -> yaml), PATIENCE);
  }

  @AfterAll
  void remove() {
    namespace.delete();
  }

  /** The console is quiet: what is printed here is in the guest's memory alone. */
  @Test
  @Order(1)
  void theLogOfAGuestThatRuns() throws Exception {
    var run = plugin.run("autopsy", VM, "--as", "joe");

    assertThat(run.code()).as(run.output()).isZero();
    assertThat(run.output())
        .containsPattern("\\[    0\\.000000\\] Linux version ")
        .contains("BIOS-provided physical RAM map", "Run /init as init process");
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(namespace.events("VirtualMachine", VM))
                .anyMatch(event -> "GuestMemoryRead".equals(event.getReason())));
  }

  @Test
  @Order(2)
  void theAdministratorOfANamespaceHasNoRightToIt() throws Exception {
    var run = plugin.run("autopsy", VM, "--as", "jane");

    assertThat(run.code()).isOne();
    assertThat(run.output())
        .contains("you may not create virtualmachineautopsies.moult.dev")
        .doesNotContain("Linux version");
  }

  @Test
  @Order(3)
  void theMemoryOfAGuestThatRunsIsNotHandedOut(@TempDir Path directory) throws Exception {
    Path core = directory.resolve("core");

    var run = plugin.run("autopsy", VM, "--core", core.toString());

    assertThat(run.code()).isOne();
    assertThat(run.output()).contains("the guest runs", "pause it first");
    assertThat(core).doesNotExist();
  }

  @Test
  @Order(4)
  void theCoreOfAGuestThatIsPaused(@TempDir Path directory) throws Exception {
    Path core = directory.resolve("core");
    assertThat(plugin.run("pause", VM, "--wait").code()).isZero();

    var run = plugin.run("autopsy", VM, "--core", core.toString(), "--as", "joe");

    assertThat(run.code()).as(run.output()).isZero();
    assertThat(run.output()).contains("registers ended with the QEMU");
    assertThat(Files.size(core)).isBetween(RAM + 4096, RAM + (1 << 20));
    try (var file = new RandomAccessFile(core.toFile(), "r")) {
      assertThat(file.readInt()).isEqualTo(0x7f454c46);
    }
    assertThat(plugin.run("resume", VM, "--wait").code()).isZero();
  }

  /** Its QEMU is killed: what the guest said until then is there as long as its anchor is. */
  @Test
  @Order(5)
  void theLogAndTheCoreOfAGuestWhoseQemuIsDead(@TempDir Path directory) throws Exception {
    String manifest =
        ExampleVm.manifest(
            Installed.checkout(),
            "dead",
            yaml ->
                yaml.replace("spec:\n  cpu:", "spec:\n  onCrash: Keep\n  keepFor: 30m\n  cpu:"));
    var vm = namespace.boot("dead", manifest, PATIENCE);
    var vmm = Objects.requireNonNull(namespace.pod(vm.getStatus().vmm().pod()));
    long qemu = NodeView.program(vmm.getMetadata().getUid()).orElseThrow();

    assertThat(ProcessHandle.of(qemu).orElseThrow().destroyForcibly()).isTrue();
    var unused =
        namespace.await(
            "dead", PATIENCE, now -> now.getStatus().phase() == VirtualMachinePhase.KEPT);
    long began = System.nanoTime();
    var log = plugin.run("autopsy", "dead", "--as", "joe");
    long millis = (System.nanoTime() - began) / 1_000_000;

    assertThat(log.code()).as(log.output()).isZero();
    assertThat(log.output())
        .containsPattern("\\[    0\\.000000\\] Linux version ")
        .contains("Run /init as init process");
    System.out.println("autopsy of a dead guest, by the plugin: " + millis + " ms");
    Path core = directory.resolve("core");
    var run = plugin.run("autopsy", "dead", "--core", core.toString(), "--as", "joe");
    assertThat(run.code()).as(run.output()).isZero();
    assertThat(Files.size(core)).isBetween(RAM + 4096, RAM + (1 << 20));
  }

  @Test
  @Order(6)
  void anAutopsyGoesWhenItsTimeIsOver() {
    namespace.apply(
        """
        apiVersion: moult.dev/v1alpha1
        kind: VirtualMachineAutopsy
        metadata: {name: short}
        spec: {virtualMachine: %s, ttl: 10s}
        """
            .formatted(VM));
    var one =
        namespace
            .client()
            .resources(VirtualMachineAutopsy.class)
            .inNamespace(namespace.name())
            .withName("short");

    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          var now = one.get();
          assertThat(now == null || now.getStatus().findings() != null).isTrue();
        });
    await().atMost(PATIENCE).until(() -> one.get() == null);
  }

  @Test
  @Order(6)
  void aGuestWhoseQemuWasKilledIsKeptAndOpened(@TempDir Path directory) throws Exception {
    namespace.patch(VM, "{\"spec\":{\"onCrash\":\"Keep\"}}");
    var running = namespace.vm(VM).require();
    var pod = Objects.requireNonNull(namespace.pod(running.getStatus().vmm().pod()));
    long qemu = NodeView.program(pod.getMetadata().getUid()).orElseThrow();
    assertThat(ProcessHandle.of(qemu).orElseThrow().destroyForcibly()).isTrue();
    var kept =
        namespace.await(VM, PATIENCE, vm -> vm.getStatus().phase() == VirtualMachinePhase.KEPT);
    assertThat(kept.getStatus().lastTermination().reason()).isEqualTo("VmmExited");

    var log = plugin.run("autopsy", VM, "--as", "joe");
    Path core = directory.resolve("core");
    var dump = plugin.run("autopsy", VM, "--core", core.toString());

    assertThat(log.code()).as(log.output()).isZero();
    assertThat(log.output()).contains("Run /init as init process");
    assertThat(dump.code()).as(dump.output()).isZero();
    assertThat(Files.size(core)).isGreaterThan(RAM);
    assertThat(plugin.run("restart", VM, "--wait").code()).isZero();
    var again = namespace.vm(VM).require();
    assertThat(again.getStatus().runID()).isNotEqualTo(kept.getStatus().runID());
  }
}
