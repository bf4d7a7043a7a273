package dev.moult.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.Condition;
import dev.moult.api.v1alpha1.FilesystemFreezeState;
import dev.moult.api.v1alpha1.FilesystemFreezeStatus;
import dev.moult.api.v1alpha1.GuestStatus;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.ProbesStatus;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.e2e.cluster.Console;
import dev.moult.e2e.cluster.TestNamespace;
import dev.moult.e2e.guest.Shell;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Debian from a disk image, as docs/examples/debian.yaml has it, stays up over live updates. */
@ExtendWith(Installed.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class DistributionE2E {
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final String VM = "shop";
  private static final List<String> BOTH_QUEUES = List.of("rx-0", "rx-1", "tx-0", "tx-1");
  private static final int CONNECTIONS = 20;

  /**
   * Writes blocks of 64 KiB to a file, each with its number all over, past the guest's cache; one
   * line for each that the disk has acknowledged.
   */
  private static final String WRITER =
      """
      import os, sys, time
      fd = os.open("/data/blocks", os.O_RDWR | os.O_CREAT, 0o600)
      n = 0
      while True:
          os.pwrite(fd, n.to_bytes(8, "big") * 8192, (n % 512) * 65536)
          os.fdatasync(fd)
          print(n, flush=True)
          n += 1
          time.sleep(0.02)
      """;

  /** Reads them back: how many there are, how many are not whole or not what was written last. */
  private static final String READER =
      """
      import os, sys
      last = int(sys.argv[1])
      fd = os.open("/data/blocks", os.O_RDONLY)
      os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
      bad = 0
      for n in range(max(0, last - 511), last + 1):
          block = os.pread(fd, 65536, (n % 512) * 65536)
          number = int.from_bytes(block[:8], "big")
          bad += block != block[:8] * 8192 or (number != n and number != n + 512)
      print("checked", min(last + 1, 512), "bad", bad)
      """;

  /** By its guest agent: it is ready as soon as that runs, and while a file is not there. */
  private static final String PROBE =
      """
        readinessProbe:
          exec: {command: [test, "!", -e, /run/unready]}
          periodSeconds: 2
          timeoutSeconds: 10
          failureThreshold: 2
      """;

  private final TestNamespace namespace;
  private Path key;
  private Shell shell;

  DistributionE2E(KubernetesClient client) {
    namespace = TestNamespace.create(client, "e2e-distribution");
  }

  @BeforeAll
  void boot(@TempDir Path directory) throws IOException, InterruptedException {
    Installed.run("images/load", "debian-disk");
    key = directory.resolve("key");
    Shell.makeKey(key);
    var example = Files.readString(Installed.checkout().resolve("docs/examples/debian.yaml"));
    namespace.apply(
        example
            .replaceFirst(
                "ssh-ed25519 AAAA.*", Files.readString(directory.resolve("key.pub")).strip())
            .replace("request: 500m", "request: 200m")
            .replace("cores: 1", "cores: 2")
            .replace("      ports:\n", "      queues: 2\n      ports:\n")
            .replace(
                "  terminationGracePeriodSeconds:", PROBE + "  terminationGracePeriodSeconds:"));
    var vm = namespace.await(VM, PATIENCE, v -> TestNamespace.isTrue(v, "Ready"));
    awaitLogin();
    shell = new Shell(key, "debian@" + Objects.requireNonNull(vm.getStatus().address(), "address"));
    shell.run("cloud-init status --wait");
    shell.run("sudo chown debian /data");
  }

  @AfterAll
  void remove() {
    namespace.delete();
  }

  @Test
  @Order(1)
  void theGuestHasWhatItsSpecSays() throws Exception {
    assertThat(shell.run("hostname")).isEqualTo("shop");
    assertThat(shell.run("lsblk --noheadings --nodeps --output SERIAL,SIZE,RO | sort").lines())
        .map(line -> line.strip().replaceAll(" +", " "))
        .contains("data 256M 0", "scratch 64M 0");
    assertThat(queues()).isEqualTo(BOTH_QUEUES);
    assertThat(shell.run("findmnt --noheadings --output FSTYPE /data")).isEqualTo("ext4");
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
                    && !addresses(v).isEmpty());

    assertThat(guest(vm).agentVersion()).startsWith("10.0");
    assertThat(guest(vm).os().id()).isEqualTo("debian");
    assertThat(guest(vm).os().prettyName()).startsWith("Debian GNU/Linux 13");
    assertThat(addresses(vm)).contains("10.0.2.2");
    assertThat(guest(vm).interfaces()).extracting("mac").contains(macAddress(vm));
    assertThat(guest(vm).filesystems())
        .anySatisfy(each -> {
          assertThat(each.mountPoint()).isEqualTo("/data");
          assertThat(each.type()).isEqualTo("ext4");
          assertThat(each.totalBytes()).isBetween(200_000_000L, 300_000_000L);
        });
  }

  @Test
  @Order(1)
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

  private static String macAddress(VirtualMachine vm) {
    return Objects.requireNonNull(vm.getStatus().machine()).macAddress();
  }

  private static List<String> addresses(VirtualMachine vm) {
    return guest(vm).interfaces().stream().flatMap(each -> each.addresses().stream()).toList();
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

  @Test
  @Order(2)
  void itsDisksAndConnectionsLiveThroughANewerQemu() throws Exception {
    var seen = updateUnderWrites(() -> namespace.setImage(VM, "moult.local/qemu:11.1.3"));

    assertThat(Objects.requireNonNull(seen.getStatus().vmm()).qemuVersion()).startsWith("11.1.3");
    renamed("shop-updated");
  }

  @Test
  @Order(3)
  void andThroughAForcedUpdateToTheSameOne() throws Exception {
    updateUnderWrites(this::forceUpdate);
    renamed("shop-forced");
  }

  private void forceUpdate() {
    namespace
        .client()
        .resource(
            """
            apiVersion: moult.dev/v1alpha1
            kind: LiveUpdate
            metadata: {generateName: shop-}
            spec: {virtualMachine: shop, force: true}
            """)
        .inNamespace(namespace.name())
        .create();
  }

  @Test
  @Order(4)
  void itsFileSystemsStayFrozenThroughAnUpdate() throws Exception {
    var boot = bootId();
    try (var writer = shell.follow("python3 -u -c '" + WRITER + "'")) {
      writer.awaitMore(20);
      freeze("{\"requestedAt\": \"" + Instant.now() + "\", \"unfreezeAfter\": \"3m\"}");
      var frozen = awaitFreeze(FilesystemFreezeState.FROZEN);
      assertThat(Objects.requireNonNull(frozen.count())).isPositive();
      int written = writer.lines().size();

      var update = namespace.update(VM, PATIENCE, this::forceUpdate);

      assertThat(update.getStatus().phase())
          .as("%s", update.getStatus())
          .isEqualTo(LiveUpdatePhase.COMPLETED);
      assertThat(awaitFreeze(FilesystemFreezeState.FROZEN)).isEqualTo(frozen);
      // One that was on its disk already may have been told late.
      assertThat(writer.lines().size()).isBetween(written, written + 1);

      freeze("null");
      var thawed = awaitFreeze(FilesystemFreezeState.THAWED);
      assertThat(thawed.message()).contains("does not ask for it any more");
      writer.awaitMore(20);
      var lines = writer.lines();
      assertThat(lines).isEqualTo(firstNumbers(lines.size()));
    }
    assertThat(bootId()).isEqualTo(boot);
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

  @Test
  @Order(5)
  void aRestartKeepsTheClaimAndForgetsTheRest() throws Exception {
    shell.run("echo kept | sudo tee /data/kept && echo gone | sudo tee /gone && sync");
    var boot = bootId();
    var run = namespace.vm(VM).require().getStatus().runID();

    namespace.restart(VM);
    var vm =
        namespace.await(
            VM,
            PATIENCE,
            v -> !Objects.equals(v.getStatus().runID(), run) && TestNamespace.isTrue(v, "Ready"));
    awaitLogin();
    shell = new Shell(key, "debian@" + vm.getStatus().address());

    assertThat(bootId()).isNotEqualTo(boot);
    assertThat(shell.run("cat /data/kept; ls /gone 2>&1 || true"))
        .startsWith("kept")
        .contains("No such");
  }

  /** Those that the guest's driver uses: the kernel lists no others. */
  private List<String> queues() throws IOException, InterruptedException {
    var list = "ls -d /sys/class/net/e*/queues/* | xargs -n1 basename | sort";
    return shell.run(list).lines().toList();
  }

  /** Interrupts that the second queue has caused, of both directions. */
  private long secondQueue() throws IOException, InterruptedException {
    var lines = shell.run("grep -E 'virtio[0-9]+-(in|out)put.1$' /proc/interrupts").lines();
    return lines
        .flatMap(line -> Stream.of(line.strip().split("\\s+")))
        .filter(word -> word.matches("[0-9]+"))
        .mapToLong(Long::parseLong)
        .sum();
  }

  /** Each connection may go by either queue; among some of them one goes by the second. */
  private void secondQueueServes() throws Exception {
    var before = secondQueue();
    for (int i = 0; i < CONNECTIONS && secondQueue() == before; i++) {
      shell.run("true");
    }
    assertThat(secondQueue()).isGreaterThan(before);
  }

  private void awaitLogin() throws InterruptedException {
    try (var console = Console.follow(namespace, VM)) {
      console.await(PATIENCE, line -> line.contains("Debian GNU/Linux 13 shop"));
    }
  }

  /** One update while blocks are written and read back, over one connection. */
  private VirtualMachine updateUnderWrites(Runnable request) throws Exception {
    var boot = bootId();
    var started = probes(namespace.vm(VM).require()).startedAt();
    secondQueueServes();
    LiveUpdate update;
    List<String> written;
    try (var writer = shell.follow("python3 -u -c '" + WRITER + "'")) {
      writer.awaitMore(20);
      update = namespace.update(VM, PATIENCE, request);
      writer.awaitMore(20);
      written = writer.lines();
    }

    assertThat(update.getStatus().phase())
        .as("%s", update.getStatus())
        .isEqualTo(LiveUpdatePhase.COMPLETED);
    assertThat(written).isEqualTo(firstNumbers(written.size()));
    assertThat(bootId()).isEqualTo(boot);
    assertThat(queues()).isEqualTo(BOTH_QUEUES);
    secondQueueServes();
    assertThat(shell.run("python3 -c '" + READER + "' " + written.getLast())).endsWith("bad 0");
    assertThat(shell.run("sudo dmesg | grep -ci 'i/o error' || true")).isEqualTo("0");
    var after = namespace.await(VM, PATIENCE, vm -> TestNamespace.isTrue(vm, "Ready"));
    assertThat(probes(after).startedAt()).isEqualTo(started);
    assertThat(probes(after).ready()).isTrue();
    return after;
  }

  private String bootId() throws IOException, InterruptedException {
    return shell.run("cat /proc/sys/kernel/random/boot_id");
  }

  private static List<String> firstNumbers(int count) {
    return IntStream.range(0, count).mapToObj(Integer::toString).toList();
  }
}
