package dev.moult.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.e2e.cluster.Console;
import dev.moult.e2e.cluster.TestNamespace;
import dev.moult.e2e.guest.Shell;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
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

/**
 * Debian by UEFI with Secure Boot: what the firmware and the claims keep outlives updates and
 * restarts, what is on the overlay does not.
 */
@ExtendWith(Installed.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class FirmwareE2E {
  private static final Duration PATIENCE = Duration.ofMinutes(8);
  private static final String VM = "vault";
  private static final String SERIAL = "SN 0042/7";
  private static final String EFIVARS = "/sys/firmware/efi/efivars/";

  /** EFI_GLOBAL_VARIABLE of the UEFI specification. */
  private static final String SECURE_BOOT =
      EFIVARS + "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";

  private static final String BLOCKS = "/dev/disk/by-id/virtio-blocks";

  private static final String OURS = "-4b8f2f3e-6a1d-4c57-9d0e-0a4d2f9a7c11";

  private static final String CLAIM_OF_BLOCKS =
      """
      apiVersion: v1
      kind: PersistentVolumeClaim
      metadata:
        name: vault-blocks
      spec:
        accessModes: [ReadWriteOnce]
        volumeMode: Block
        resources:
          requests:
            storage: 64Mi
      ---
      """;

  private static final String DISK_OF_BLOCKS =
      """
        - name: blocks
          serial: blocks
          persistentVolumeClaim: {claimName: vault-blocks}
      """;

  private final TestNamespace namespace;
  private final boolean blocks;
  private Path key;
  private Shell shell;
  private String first;
  private String last;

  FirmwareE2E(KubernetesClient client) {
    namespace = TestNamespace.create(client, "e2e-firmware");
    blocks =
        client.persistentVolumes().list().getItems().stream()
            .anyMatch(volume -> "Block".equals(volume.getSpec().getVolumeMode()));
  }

  @BeforeAll
  void boot(@TempDir Path directory) throws IOException, InterruptedException {
    Installed.run("images/load", "debian-disk");
    key = directory.resolve("key");
    Shell.makeKey(key);
    namespace.apply(manifest(Files.readString(directory.resolve("key.pub")).strip(), blocks));
    connect(namespace.await(VM, PATIENCE, v -> TestNamespace.isTrue(v, "Ready")));
    shell.run("cloud-init status --wait");
  }

  @AfterAll
  void remove() {
    namespace.delete();
  }

  @Test
  @Order(1)
  void theGuestHasTheHardwareThatItsSpecSays() throws Exception {
    assertSecureBoot();
    assertThat(shell.run("sudo cat /sys/class/dmi/id/product_serial")).isEqualTo(SERIAL);
    assertThat(shell.run("sudo cat /sys/class/dmi/id/product_uuid"))
        .isEqualToIgnoringCase(namespace.vm(VM).require().getMetadata().getUid());
    assertThat(shell.run("ls /sys/bus/acpi/devices")).contains("QEMUVGID:00");
    assertThat(shell.run("cat /sys/class/watchdog/watchdog0/identity")).isEqualTo("i6300ESB timer");
  }

  /** Its first and its last MiB are written: past the guest's cache, and flushed. */
  @Test
  @Order(1)
  void aClaimOfModeBlockIsADiskOfItsSize() throws Exception {
    assumeTrue(
        blocks, "the cluster has no volumes of mode Block: this machine has no loop devices");
    var size = claimedBytes();

    assertThat(size).isGreaterThanOrEqualTo(64L << 20);
    assertThat(shell.run("sudo blockdev --getsize64 " + BLOCKS)).isEqualTo(String.valueOf(size));
    assertThat(shell.run("lsblk --noheadings --nodeps --output SERIAL,RO " + BLOCKS))
        .containsPattern("^blocks +0$");
    first = writeBlocks(0);
    last = writeBlocks(lastMebibyte());
    assertThat(first).isNotEqualTo(last);
    assertBlocksKept();
  }

  @Test
  @Order(2)
  void theFirmwareKeepsVariablesOverALiveUpdate() throws Exception {
    write("MoultBefore");
    var boot = bootId();

    var update =
        namespace.update(VM, PATIENCE, () -> namespace.setImage(VM, "moult.local/qemu:11.1.3"));

    assertThat(update.getStatus().phase())
        .as("%s", update.getStatus())
        .isEqualTo(LiveUpdatePhase.COMPLETED);
    assertThat(bootId()).isEqualTo(boot);
    assertKept("MoultBefore");
    assertSecureBoot();
    write("MoultAfter"); // by the firmware's own code, in system management mode, on the new QEMU
    assertKept("MoultAfter");
    if (blocks) {
      assertBlocksKept();
      last = writeBlocks(lastMebibyte()); // by the new QEMU
      assertBlocksKept();
      assertThat(shell.run("sudo dmesg | grep -ci 'i/o error' || true")).isEqualTo("0");
    }
  }

  @Test
  @Order(3)
  void andOverARestart() throws Exception {
    shell.run("echo kept | sudo tee /data/kept && echo gone | sudo tee /gone && sync");
    var boot = bootId();
    var run = namespace.vm(VM).require().getStatus().runID();

    namespace.restart(VM);
    connect(
        namespace.await(
            VM,
            PATIENCE,
            v -> !Objects.equals(v.getStatus().runID(), run) && TestNamespace.isTrue(v, "Ready")));

    assertThat(bootId()).isNotEqualTo(boot);
    assertKept("MoultBefore");
    assertKept("MoultAfter");
    assertSecureBoot();
    assertThat(shell.run("cat /data/kept; ls /gone 2>&1 || true"))
        .startsWith("kept")
        .contains("No such");
    if (blocks) {
      assertBlocksKept();
    }
  }

  /** It is armed before the update, by whom never feeds it again, and fires after it. */
  @Test
  @Order(4)
  void aWatchdogThatIsNotFedResetsTheGuestAndIsToldOf() throws Exception {
    var before = namespace.vm(VM).require().getStatus();
    shell.run("echo x | sudo tee /dev/watchdog0");

    var update = namespace.update(VM, PATIENCE, () -> namespace.force("vault-armed", VM));

    assertThat(update.getStatus().phase())
        .as("%s", update.getStatus())
        .isEqualTo(LiveUpdatePhase.COMPLETED);
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(namespace.events("VirtualMachine", VM))
                .filteredOn(event -> "WatchdogFired".equals(event.getReason()))
                .singleElement()
                .satisfies(event -> assertThat(event.getMessage()).contains("action: reset")));
    assertThat(namespace.vm(VM).require().getStatus().runID()).isEqualTo(before.runID());
  }

  private void connect(VirtualMachine vm) throws InterruptedException {
    try (var console = Console.follow(namespace, VM)) {
      console.await(PATIENCE, line -> line.contains("Debian GNU/Linux 13 " + VM));
    }
    shell = new Shell(key, "debian@" + Objects.requireNonNull(vm.getStatus().address(), "address"));
  }

  /** Four bytes of attributes come first. */
  private void assertSecureBoot() throws Exception {
    assertThat(shell.run("od -An -tu1 -j4 " + SECURE_BOOT).strip()).isEqualTo("1");
  }

  /** Non-volatile, for boot and runtime. */
  private void write(String name) throws Exception {
    shell.run("printf '\\007\\000\\000\\000kept' | sudo tee " + EFIVARS + name + OURS);
  }

  private void assertKept(String name) throws Exception {
    assertThat(shell.run("cat " + EFIVARS + name + OURS + " | tail -c +5")).isEqualTo("kept");
  }

  /** What the claim has got: a whole volume, which may be larger than what it asks for. */
  private long claimedBytes() {
    var claim =
        namespace
            .client()
            .persistentVolumeClaims()
            .inNamespace(namespace.name())
            .withName("vault-blocks")
            .require();
    return Quantity.getAmountInBytes(claim.getStatus().getCapacity().get("storage"))
        .longValueExact();
  }

  private long lastMebibyte() {
    return (claimedBytes() >> 20) - 1;
  }

  /**
   * Writes a MiB that never was before.
   *
   * @param at in MiB
   * @return its digest
   */
  private String writeBlocks(long at) throws Exception {
    return shell.run(
        """
        head -c 1M /dev/urandom > pattern && sha256sum < pattern && sudo dd if=pattern of=%s \
          bs=64K seek=%d count=16 oflag=direct conv=notrunc,fsync status=none
        """
            .formatted(BLOCKS, at * 16));
  }

  private String readBlocks(long at) throws Exception {
    return shell.run(
        "sudo dd if=%s bs=64K skip=%d count=16 iflag=direct status=none | sha256sum"
            .formatted(BLOCKS, at * 16));
  }

  private void assertBlocksKept() throws Exception {
    assertThat(readBlocks(0)).as("the first MiB").isEqualTo(first);
    assertThat(readBlocks(lastMebibyte())).as("the last MiB").isEqualTo(last);
  }

  private String bootId() throws IOException, InterruptedException {
    return shell.run("cat /proc/sys/kernel/random/boot_id");
  }

  private static String manifest(String publicKey, boolean blocks) {
    return (blocks ? CLAIM_OF_BLOCKS : "")
        + """
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata:
          name: vault-firmware
        spec:
          accessModes: [ReadWriteOnce]
          resources:
            requests:
              storage: 4Mi
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata:
          name: vault-data
        spec:
          accessModes: [ReadWriteOnce]
          resources:
            requests:
              storage: 64Mi
        ---
        apiVersion: moult.dev/v1alpha1
        kind: VirtualMachine
        metadata:
          name: vault
        spec:
          cpu: {cores: 1, request: 200m}
          memory: {size: 512Mi}
          vmm: {image: "moult.local/qemu:10.0.2"}
          boot:
            firmware: UEFI
            uefi:
              secureBoot: true
              variables: {claimName: vault-firmware}
          watchdog: {action: Reset}
          smbios: {serial: "%s"}
          disks:
          - name: root
            bootOrder: 1
            containerDisk: {image: "moult.local/debian-disk:13", path: /disk/root.qcow2}
          - name: data
            serial: data
            persistentVolumeClaim: {claimName: vault-data}
        %s\
          - name: seed
            cloudInit:
              userData: |
                #cloud-config
                hostname: vault
                ssh_authorized_keys:
                - %s
                fs_setup:
                - {device: /dev/disk/by-id/virtio-data, filesystem: ext4, label: data}
                mounts:
                - [LABEL=data, /data, ext4, nofail]
          networks:
          - name: pod
            pod: {}
            ports:
            - {name: ssh, port: 22}
        """
            .formatted(SERIAL, blocks ? DISK_OF_BLOCKS : "", publicKey);
  }
}
