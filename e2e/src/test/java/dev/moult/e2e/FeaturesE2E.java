package dev.moult.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.moult.api.v1alpha1.Condition;
import dev.moult.api.v1alpha1.FilesystemFreezeState;
import dev.moult.api.v1alpha1.FilesystemFreezeStatus;
import dev.moult.api.v1alpha1.GuestStatus;
import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.ProbesStatus;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.e2e.FeatureTable.Moment;
import dev.moult.e2e.Questions.Asking;
import dev.moult.e2e.cluster.Console;
import dev.moult.e2e.cluster.TestNamespace;
import dev.moult.e2e.guest.Shell;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

/**
 * Debian from a disk image, as docs/examples/debian.yaml has it, and all else that a machine can
 * have at once: each feature is asked for before, while and after its QEMU is replaced. The table
 * of that is printed, and is in {@code e2e/target/features.md}.
 */
@ExtendWith(Installed.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class FeaturesE2E {
  private static final Duration PATIENCE = Duration.ofMinutes(8);
  private static final Duration AT_ONCE = Duration.ofMinutes(1);
  private static final String VM = "shop";
  private static final int CONNECTIONS = 20;

  private static final String CLAIM_OF_VARIABLES =
      """
      apiVersion: v1
      kind: PersistentVolumeClaim
      metadata: {name: shop-firmware}
      spec:
        accessModes: [ReadWriteOnce]
        resources: {requests: {storage: 4Mi}}
      ---
      """;

  private static final String UEFI =
      """
          firmware: UEFI
          uefi: {variables: {claimName: shop-firmware}}
      """;

  private static final String MORE_DISKS =
      """
          - {name: small, bus: scsi, emptyDisk: {capacity: 16Mi}}
          - {name: old, bus: sata, emptyDisk: {capacity: 16Mi}}
      """;

  /** By the probe it is ready as soon as its guest agent runs, and while a file is not there. */
  private static final String MORE =
      """
        watchdog: {action: Reset}
        smbios: {serial: "%s"}
        readinessProbe:
          exec: {command: [test, "!", -e, /run/unready]}
          periodSeconds: 2
          timeoutSeconds: 10
          failureThreshold: 2
      """
          .formatted(Features.SERIAL);

  private final TestNamespace namespace;
  private final FeatureTable table = new FeatureTable();
  private List<Questions> questions;
  private Shell shell;
  private Console console;
  private long lastWrite;

  FeaturesE2E(KubernetesClient client) {
    namespace = TestNamespace.create(client, "e2e-features");
  }

  @BeforeAll
  void boot(@TempDir Path directory) throws IOException, InterruptedException {
    Installed.run("images/load", "debian-disk");
    var key = directory.resolve("key");
    Shell.makeKey(key);
    namespace.apply(manifest(Files.readString(directory.resolve("key.pub")).strip()));
    var vm = namespace.await(VM, PATIENCE, v -> TestNamespace.isTrue(v, "Ready"));
    var address = Objects.requireNonNull(vm.getStatus().address(), "address");
    console = Console.follow(namespace, VM);
    console.await(PATIENCE, line -> line.contains("Debian GNU/Linux 13 shop"));
    shell = new Shell(key, "debian@" + address);
    shell.run("cloud-init status --wait");
    shell.run(
        """
        sudo chown debian /data
        printf '\\007\\000\\000\\000first' | sudo tee %s
        mkdir web && echo served >web/name
        for port in 80 8080; do
          sudo systemd-run --quiet --working-directory=$PWD/web python3 -m http.server $port
          until timeout 5 bash -c "exec 3<>/dev/tcp/127.0.0.1/$port"; do sleep 0.2; done
        done
        """
            .formatted(Features.FIRST_VARIABLE));
    prepareQuestions(address);
  }

  private void prepareQuestions(String address) throws IOException, InterruptedException {
    var here = Places.here();
    var ns = namespace.name();
    questions =
        List.of(
            new Questions(
                Places.inGuest(shell),
                Features.IN_GUEST,
                Features.inGuest(service(), namespace.nameServer(VM))),
            new Questions(here, Features.OUTSIDE, Features.outside(ns, address)),
            new Questions(here, "", List.of(Features.screen(ns))));
    // The agent reads its counters when somebody asks, and may not have them at once.
    var metric = Features.metric(ns);
    var asked = new Questions(here, Features.OUTSIDE, List.of(metric));
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> metric.isShownBy(asked.once().get(metric).getFirst(), null));
  }

  @AfterAll
  void remove() throws IOException {
    var markdown = table.markdown() + "\n\n" + Features.NOTE + "\n";
    System.out.println(markdown);
    Files.writeString(Installed.checkout().resolve("e2e/target/features.md"), markdown);
    if (console != null) {
      console.close();
    }
    namespace.delete();
  }

  @Test
  @Order(1)
  void itsStatusSaysWhatItsGuestAgentTells() {
    var vm =
        namespace.await(
            VM,
            PATIENCE,
            v ->
                TestNamespace.isTrue(v, "GuestAgentConnected")
                    && VM.equals(guest(v).hostname())
                    && !addresses(v).isEmpty()
                    && guest(v).filesystems().stream()
                        .anyMatch(each -> "/data".equals(each.mountPoint())));

    assertThat(guest(vm).agentVersion()).startsWith("10.0");
    assertThat(guest(vm).os().id()).isEqualTo("debian");
    assertThat(guest(vm).os().prettyName()).startsWith("Debian GNU/Linux 13");
    assertThat(addresses(vm)).contains("10.0.2.2");
    assertThat(guest(vm).interfaces())
        .extracting("mac")
        .contains(Objects.requireNonNull(vm.getStatus().machine()).macAddress());
    assertThat(guest(vm).filesystems())
        .anySatisfy(each -> {
          assertThat(each.mountPoint()).isEqualTo("/data");
          assertThat(each.type()).isEqualTo("ext4");
          assertThat(each.totalBytes()).isBetween(200_000_000L, 300_000_000L);
        });
  }

  @Test
  @Order(2)
  void aMachineHasAllOfIt() throws Exception {
    try (var writes = VerifiedWrites.begin(shell)) {
      lastWrite = writes.end();
    }
    secondQueueServes();
    ask(Moment.BEFORE);

    assertThat(table.failures(Moment.BEFORE)).isEmpty();
    assertThat(shell.run("lsblk --noheadings --nodeps --output SERIAL,SIZE,RO | sort").lines())
        .map(line -> line.strip().replaceAll(" +", " "))
        .contains("data 256M 0", "scratch 64M 0");
  }

  @Test
  @Order(3)
  void itIsReadyWhileACommandInItSaysSo() throws Exception {
    shell.run("sudo touch /run/unready");

    var unready =
        namespace.await(VM, PATIENCE, v -> "ReadinessProbeFailing".equals(readyReason(v)));
    assertThat(TestNamespace.isTrue(unready, "Running")).isTrue();
    assertThat(probes(unready).message())
        .isEqualTo("readinessProbe: the command ended with exit code 1");

    shell.run("sudo rm /run/unready");

    var ready = namespace.await(VM, PATIENCE, v -> TestNamespace.isTrue(v, "Ready"));
    assertThat(probes(ready).startedAt()).isEqualTo(probes(unready).startedAt());
    assertThat(probes(ready).message()).isNull();
  }

  @Test
  @Order(4)
  void allOfItLivesThroughANewerQemu() throws Exception {
    update(Moment.DURING, Moment.AFTER, () -> namespace.setImage(VM, "moult.local/qemu:11.1.3"));

    var vmm = Objects.requireNonNull(namespace.vm(VM).require().getStatus().vmm());
    assertThat(vmm.qemuVersion()).startsWith("11.1.3");
    renamed("shop-updated");
  }

  @Test
  @Order(5)
  void andThroughAForcedUpdateToTheSameOne() throws Exception {
    update(Moment.DURING_FORCED, Moment.AFTER_FORCED, () -> namespace.force("shop-again", VM));
    renamed("shop-forced");
  }

  @Test
  @Order(6)
  void itsFileSystemsStayFrozenThroughAnUpdate() throws Exception {
    var boot = bootId();
    try (var writes = VerifiedWrites.begin(shell)) {
      freeze("{\"requestedAt\": \"" + Instant.now() + "\", \"unfreezeAfter\": \"3m\"}");
      var frozen = awaitFreeze(FilesystemFreezeState.FROZEN);
      assertThat(Objects.requireNonNull(frozen.count())).isPositive();
      int written = writes.count();

      var update = namespace.update(VM, PATIENCE, () -> namespace.force("shop-frozen", VM));

      assertThat(update.getStatus().phase())
          .as("%s", update.getStatus())
          .isEqualTo(LiveUpdatePhase.COMPLETED);
      assertThat(awaitFreeze(FilesystemFreezeState.FROZEN)).isEqualTo(frozen);
      // One that was on its disk already may have been told late.
      assertThat(writes.count()).isBetween(written, written + 1);

      freeze("null");
      var thawed = awaitFreeze(FilesystemFreezeState.THAWED);
      assertThat(thawed.message()).contains("does not ask for it any more");
      writes.goOn();
      lastWrite = writes.end();
    }
    assertThat(bootId()).isEqualTo(boot);
  }

  private String bootId() throws IOException, InterruptedException {
    return shell.run("cat /proc/sys/kernel/random/boot_id");
  }

  private void freeze(String wished) {
    namespace.patch(VM, "{\"spec\": {\"filesystemFreeze\": " + wished + "}}");
  }

  private FilesystemFreezeStatus awaitFreeze(FilesystemFreezeState state) {
    var vm =
        namespace.await(
            VM,
            PATIENCE,
            v -> {
              var freeze = guest(v).filesystemFreeze();
              return freeze != null && freeze.state() == state;
            });
    return Objects.requireNonNull(guest(vm).filesystemFreeze());
  }

  /** All is asked for while it is updated, by connections that were there before. */
  private void update(Moment during, Moment after, Runnable request) throws Exception {
    List<Asking> all = new ArrayList<>();
    try (var writes = VerifiedWrites.begin(shell)) {
      for (Questions each : questions) {
        all.add(each.always());
      }
      all.forEach(Asking::begin);
      var update = namespace.update(VM, PATIENCE, request);
      all.forEach(Asking::end);
      for (Asking asking : all) {
        note(during, asking.answers());
      }
      writes.goOn();
      lastWrite = writes.end();
      assertThat(update.getStatus().phase())
          .as("%s", update.getStatus())
          .isEqualTo(LiveUpdatePhase.COMPLETED);
    } finally {
      for (Asking asking : all) {
        asking.close();
      }
    }
    table.add(during, Features.WRITES, List.of(VerifiedWrites.readBack(shell, lastWrite)));
    namespace.await(VM, PATIENCE, vm -> TestNamespace.isTrue(vm, "Ready"));
    secondQueueServes();
    ask(after);

    assertThat(table.failures(during)).isEmpty();
    assertThat(table.failures(after)).isEmpty();
  }

  private void ask(Moment moment) throws IOException, InterruptedException {
    for (Questions each : questions) {
      note(moment, each.once());
    }
    table.add(moment, Features.WRITES, List.of(VerifiedWrites.readBack(shell, lastWrite)));
  }

  /** Each connection may go by either queue; among some of them one goes by the second. */
  private void secondQueueServes() throws IOException, InterruptedException {
    var before = secondQueue();
    for (int i = 0; i < CONNECTIONS && secondQueue() == before; i++) {
      shell.run("true");
    }
    assertThat(secondQueue()).isGreaterThan(before);
  }

  private long secondQueue() throws IOException, InterruptedException {
    return Long.parseLong(shell.run(Features.SECOND_QUEUE));
  }

  private void note(Moment moment, Map<Feature, List<String>> answers) throws InterruptedException {
    for (String said : answers.getOrDefault(Features.CONSOLE, List.of())) {
      console.await(AT_ONCE, line -> line.contains(said));
    }
    table.add(moment, answers);
  }

  /** The new QEMU's channel works: what changes in the guest is told through it. */
  private void renamed(String name) throws Exception {
    assertThat(guest(namespace.vm(VM).require()).agentVersion()).startsWith("10.0");
    shell.run("sudo hostname " + name + " && sudo systemctl restart qemu-guest-agent");
    var vm =
        namespace.await(
            VM,
            PATIENCE,
            v ->
                TestNamespace.isTrue(v, "GuestAgentConnected") && name.equals(guest(v).hostname()));
    assertThat(guest(vm).agentVersion()).startsWith("10.0");
  }

  /** The API server's, which every pod may reach. */
  private String service() {
    return namespace
        .client()
        .services()
        .inNamespace("default")
        .withName("kubernetes")
        .require()
        .getSpec()
        .getClusterIP();
  }

  private static ProbesStatus probes(VirtualMachine vm) {
    return Objects.requireNonNull(guest(vm).probes(), "status.guest.probes");
  }

  private static String readyReason(VirtualMachine vm) {
    return vm.getStatus().conditions().stream()
        .filter(condition -> "Ready".equals(condition.type()))
        .map(Condition::reason)
        .findFirst()
        .orElse("");
  }

  private static GuestStatus guest(VirtualMachine vm) {
    return Objects.requireNonNull(vm.getStatus().guest());
  }

  private static List<String> addresses(VirtualMachine vm) {
    return guest(vm).interfaces().stream().flatMap(each -> each.addresses().stream()).toList();
  }

  private static String manifest(String publicKey) throws IOException {
    var example = Files.readString(Installed.checkout().resolve("docs/examples/debian.yaml"));
    return CLAIM_OF_VARIABLES
        + example
            .replaceFirst("ssh-ed25519 AAAA.*", publicKey)
            .replace("request: 500m", "request: 200m")
            .replace("cores: 1", "cores: 2")
            .replace("      ports:\n", "      queues: 2\n      ports:\n")
            .replace("    firmware: BIOS\n", UEFI)
            .replace("    - name: init\n", MORE_DISKS + "    - name: init\n")
            .replace("  terminationGracePeriodSeconds:", MORE + "  terminationGracePeriodSeconds:");
  }
}
