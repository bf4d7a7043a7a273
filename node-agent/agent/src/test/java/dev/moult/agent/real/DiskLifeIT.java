package dev.moult.agent.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.moult.agent.guest.GuestView;
import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.journal.UpdateRecord.End;
import dev.moult.agent.journal.UpdateRecord.UpdateResult;
import dev.moult.agent.watch.PodVolumes;
import dev.moult.api.v1alpha1.BootSpec;
import dev.moult.api.v1alpha1.CloudInit;
import dev.moult.api.v1alpha1.ContainerDisk;
import dev.moult.api.v1alpha1.DiskBus;
import dev.moult.api.v1alpha1.DiskSpec;
import dev.moult.api.v1alpha1.DiskSpecBuilder;
import dev.moult.api.v1alpha1.EmptyDisk;
import dev.moult.api.v1alpha1.FailedProbe;
import dev.moult.api.v1alpha1.FirmwareType;
import dev.moult.api.v1alpha1.GuestAgentPingProbe;
import dev.moult.api.v1alpha1.GuestProbe;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.PersistentVolumeClaimDisk;
import dev.moult.api.v1alpha1.ProbesStatus;
import dev.moult.qemu.testing.WritingGuest;
import io.fabric8.kubernetes.api.model.Quantity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A guest that boots from its disks by BIOS and writes them, with the launcher's own disks. */
class DiskLifeIT {
  private static final String OLD = "10.0.2";
  private static final String NEW = "11.1.3";
  private static final Duration SOON = Duration.ofSeconds(90);
  private static final long MEBI = 1 << 20;
  private static final GuestProbe PING =
      new GuestProbe(null, null, null, new GuestAgentPingProbe(), 0, 1, 1, 1, 3);

  @TempDir Path directory;
  private TestNode node;
  private Path volumes;

  @BeforeEach
  void begin() throws Exception {
    volumes = directory.resolve("volumes");
    for (String volume : List.of("disk-root", "disk-data", "scratch")) {
      Files.createDirectories(volumes.resolve(volume));
    }
    Path unused = WritingGuest.image(volumes.resolve("disk-root"), 8 * MEBI);
    node = new TestNode(directory);
    node.wish(
        spec ->
            spec.boot(new BootSpec(null, FirmwareType.BIOS))
                .disks(disks())
                .readinessProbe(PING)
                .livenessProbe(PING),
        new PodVolumes(Set.of(), Map.of("data", 8 * MEBI)));
  }

  private static List<DiskSpec> disks() {
    return List.of(
        DiskSpecBuilder.builder()
            .name("root")
            .bootOrder(1)
            .containerDisk(new ContainerDisk("guest", "/guest.raw"))
            .build(),
        DiskSpecBuilder.builder()
            .name("data")
            .bootOrder(2)
            .persistentVolumeClaim(new PersistentVolumeClaimDisk("data"))
            .build(),
        DiskSpecBuilder.builder()
            .name("tmp")
            .bus(DiskBus.SCSI)
            .emptyDisk(new EmptyDisk(new Quantity("4Mi")))
            .build(),
        DiskSpecBuilder.builder()
            .name("seed")
            .cloudInit(new CloudInit(null, "#cloud-config\n", null))
            .build());
  }

  @AfterEach
  void end() throws Exception {
    node.close();
  }

  @Test
  void writesThroughAnUpdateAndAnAnchorThatStartsAgain() throws Exception {
    String unused = node.boot(OLD);
    dots(8);

    awaitAway();
    awaitUnanswered();
    String updated = update(NEW);
    awaitAway();
    awaitUnanswered();
    dots(8);
    node.broker().stopAnchor(node.anchorUid());
    node.anchorAgain();
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(node.broker().slots(node.anchorUid())).contains(30, 31, 32));
    dots(8); // at its new terminal
    String last = update(NEW);
    assertThat(last).isNotEqualTo(updated);
    dots(8);

    assertThat(node.broker().console().text()).doesNotContain("!");
    kill(last);
    assertThat(WritingGuest.verify(volumes.resolve("disk-data/disk.img"))).isPositive();
    Path overlay = volumes.resolve("scratch/disk-root.qcow2");
    WritingGuest.run("qemu-img", "check", "-q", "-f", "qcow2", overlay.toString());
    assertThat(WritingGuest.verify(WritingGuest.flat(overlay))).isPositive();
  }

  /** Its disks are no QEMU's while it sleeps: what was written last is on them all the same. */
  @Test
  void sleepsThroughTwoUpdatesAndWritesOn() throws Exception {
    String unused = node.boot(OLD);
    dots(8);
    node.wishAgain(spec -> spec.paused(true));
    awaitGuest(GuestState.PAUSED, "PausedByUser");
    assertThat(node.obstacles()).isEmpty();
    String asleep = node.broker().console().text();

    for (String version : List.of(NEW, NEW)) {
      UpdateResult result = result(node.update(version));
      assertThat(result.verdict()).as(String.valueOf(result)).isEqualTo(End.COMMITTED);
      assertThat(result.pauseMicros()).isNull();
      assertThat(result.timeline())
          .extracting("name")
          .contains("StateSent", "VerdictWritten", "OldVmmKilled")
          .doesNotContain("GuestStopped", "GuestResumed");
      awaitGuest(GuestState.PAUSED, "PausedByUser");
    }
    assertThat(node.broker().console().text()).isEqualTo(asleep);

    node.wishAgain(spec -> spec.paused(false));
    awaitGuest(GuestState.RUNNING, null);
    dots(8);
    assertThat(node.broker().console().text()).doesNotContain("!");
    kill(Objects.requireNonNull(Objects.requireNonNull(node.shown()).vmm()).podUid());
    assertThat(WritingGuest.verify(volumes.resolve("disk-data/disk.img"))).isPositive();
  }

  /** The new QEMU has everything but the guest when it fails: the old one keeps it, asleep. */
  @Test
  void sleepsThroughAnUpdateThatIsRolledBack() throws Exception {
    String first = node.boot(OLD);
    dots(2);
    node.wishAgain(spec -> spec.paused(true));
    awaitGuest(GuestState.PAUSED, "PausedByUser");
    String asleep = node.broker().console().text();
    node.broker().changeArguments(argv -> argv.stream().map(DiskLifeIT::otherDevice).toList());

    UpdateResult result = result(node.update(NEW));

    assertThat(result.verdict()).as(String.valueOf(result)).isEqualTo(End.ROLLED_BACK);
    assertThat(node.broker().alive(first)).isTrue();
    awaitGuest(GuestState.PAUSED, "PausedByUser");
    assertThat(node.broker().console().text()).isEqualTo(asleep);
    node.broker().changeArguments(argv -> argv);
    node.wishAgain(spec -> spec.paused(false));
    awaitGuest(GuestState.RUNNING, null);
    dots(4);
  }

  private static String otherDevice(String word) {
    return word.replace("virtio-rng-pci,id=rng,", "virtio-rng-pci,id=another,");
  }

  /** Its machine has the channel, and nothing in the guest opens it. */
  private void awaitAway() {
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(node.guestView()).isEqualTo(GuestView.closed()));
  }

  /** So its probes fail, which is told, and is somebody else's to act on. */
  private void awaitUnanswered() {
    await()
        .atMost(SOON)
        .untilAsserted(() ->
            assertThat(node.probes())
                .extracting(ProbesStatus::ready, ProbesStatus::failed, ProbesStatus::message)
                .containsExactly(
                    false,
                    FailedProbe.LIVENESS,
                    "livenessProbe: no guest agent runs in the guest"));
  }

  @Test
  void aFileInTheDisksPlaceIsNotHandedOver() throws Exception {
    String unused = node.boot(OLD);
    dots(1);
    Path image = volumes.resolve("disk-data/disk.img");
    Path other = Files.copy(image, volumes.resolve("other"));
    node.broker().stopAnchor(node.anchorUid());
    Path unusedToo = Files.move(other, image, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    node.anchorAgain();
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(node.broker().slots(node.anchorUid())).contains(32));

    UpdateResult result = result(node.update(NEW));

    assertThat(result.verdict()).isEqualTo(End.ROLLED_BACK);
    assertThat(result.reason()).isEqualTo("DiskUnavailable");
    dots(1);
  }

  @Test
  void aFullDiskPausesTheGuestUntilThereIsRoom() throws Exception {
    WritingGuest.run(
        "mount",
        "-t",
        "tmpfs",
        "-o",
        "size=32k",
        "moult-test",
        volumes.resolve("disk-data").toString());
    try {
      WritingGuest.run("truncate", "-s", "8M", volumes.resolve("disk-data/disk.img").toString());
      String unused = node.boot(OLD);
      awaitGuest(GuestState.PAUSED, "DiskError");
      RunRecord full = Objects.requireNonNull(node.shown());
      assertThat(full.guest().message()).contains("Disk data cannot be written", "no space left");

      UpdateResult refused = result(node.update(NEW));
      assertThat(refused.verdict()).isEqualTo(End.REFUSED);
      assertThat(refused.blockers()).extracting("reason").contains("GuestNotRunning");

      WritingGuest.run("mount", "-o", "remount,size=1m", volumes.resolve("disk-data").toString());
      awaitGuest(GuestState.RUNNING, null);
      dots(4);
      assertThat(node.broker().console().text()).doesNotContain("!");
    } finally {
      node.close();
      WritingGuest.run("umount", volumes.resolve("disk-data").toString());
    }
  }

  private String update(String version) throws Exception {
    UpdateResult result = result(node.update(version));
    assertThat(result.verdict()).as(String.valueOf(result)).isEqualTo(End.COMMITTED);
    System.out.printf("update of a guest with disks: pause %d µs%n", result.pauseMicros());
    assertThat(result.descriptors())
        .extracting("name")
        .contains("firmware", "guest-agent", "disk0", "disk0-base");
    return Objects.requireNonNull(Objects.requireNonNull(node.shown()).vmm()).podUid();
  }

  private UpdateResult result(String update) {
    await().atMost(SOON).untilAsserted(() -> assertThat(node.result(update)).isNotNull());
    return Objects.requireNonNull(node.result(update));
  }

  private void kill(String podUid) throws InterruptedException, IOException {
    node.broker().process(podUid).destroyForcibly();
    assertThat(node.broker().process(podUid).waitFor()).isNotZero();
  }

  /** Each stands for 128 writes. */
  private void dots(int count) throws Exception {
    await().atMost(SOON).until(() -> node.broker().hasConsole());
    String seen = node.broker().console().await("\\.".repeat(count), SOON);
    assertThat(seen).hasSize(count);
  }

  private void awaitGuest(GuestState state, String reason) {
    await()
        .atMost(SOON)
        .untilAsserted(() -> {
          assertThat(node.shown()).isNotNull();
          var guest = Objects.requireNonNull(node.shown()).guest();
          assertThat(guest.state()).as(String.valueOf(guest)).isEqualTo(state);
          assertThat(guest.reason()).isEqualTo(reason);
        });
  }
}
