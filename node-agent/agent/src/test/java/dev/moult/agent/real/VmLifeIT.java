package dev.moult.agent.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.journal.UpdateRecord.End;
import dev.moult.agent.journal.UpdateRecord.Step;
import dev.moult.agent.journal.UpdateRecord.UpdateResult;
import dev.moult.agent.watch.PodVolumes;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.MultusNetwork;
import dev.moult.api.v1alpha1.NetworkSpec;
import dev.moult.api.v1alpha1.PodNetwork;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The agent's whole part in a VM's life, with the demonstration guest on real QEMUs. */
class VmLifeIT {
  private static final String OLD = "10.0.2";
  private static final String NEW = "11.1.3";
  private static final Duration BOOT = Duration.ofSeconds(120);
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir Path directory;
  private TestNode node;

  @BeforeEach
  void begin() throws Exception {
    node = new TestNode(directory);
  }

  @AfterEach
  void end() throws Exception {
    node.close();
  }

  @Test
  void bootsUpdatesTwiceAndPowersDown() throws Exception {
    String first = bootGuest();
    int tick = tick();

    UpdateResult one = committed(node.update(NEW));
    System.out.printf("%s → %s: pause %d µs %s%n", OLD, NEW, one.pauseMicros(), one.timeline());
    assertThat(one.fromVersion()).isEqualTo(OLD);
    assertThat(one.toVersion()).isEqualTo(NEW);
    assertThat(one.pauseMicros()).isBetween(500L, 2_000_000L);
    assertThat(one.ramInode()).isNotZero().isEqualTo(one.ramInodeAfter());
    assertThat(one.descriptors())
        .extracting("name")
        .contains("ram", "tap", "tty", "kernel", "pc.bios");
    assertThat(one.timeline())
        .extracting(Step::name)
        .containsExactly(
            "VmmDialled",
            "PreflightPassed",
            "VmmLaunched",
            "CprSent",
            "QmpReady",
            "Compared",
            "IncomingReady",
            "GuestStopped",
            "StateSent",
            "OldVmmFrozen",
            "VerdictWritten",
            "GuestResumed",
            "OldVmmKilled");
    assertThat(node.broker().alive(first)).isFalse();
    long proof = at(one, "OldVmmKilled") - at(one, "GuestResumed");
    System.out.printf("A proved dead %d µs after RESUME%n", proof);
    assertThat(proof).isPositive(); // the figure is the cluster's to show
    assertThat(tick()).isGreaterThan(tick);
    verify();

    UpdateResult two = committed(node.update(NEW));
    System.out.printf("%s → %s: pause %d µs%n", NEW, NEW, two.pauseMicros());
    verify();
    assertThat(node.broker().meetingPlace(node.anchorUid())).isEmpty();
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(Files.exists(node.journal().resolve("update.json"))).isFalse());

    String last = Objects.requireNonNull(Objects.requireNonNull(node.shown()).vmm()).podUid();
    node.delete(last, Duration.ofSeconds(60));
    awaitGuest(GuestState.STOPPED, "PoweredDown");
    await().atMost(SOON).untilAsserted(() -> assertThat(node.broker().alive(last)).isFalse());
    node.allGone();
    node.vmGone();
    await().atMost(SOON).untilAsserted(() -> assertThat(listed(node.journal())).isFalse());
  }

  /** Each keeps its tap and its address on the bus; an anchor that begins again parks all taps. */
  @Test
  void threeNetworkCardsOutliveUpdatesAndTheAnchorsContainer() throws Exception {
    node.wish(
        spec ->
            spec.networks(
                List.of(
                    new NetworkSpec("pod", new PodNetwork(null), null, null, List.of(), 1),
                    new NetworkSpec("blue", null, new MultusNetwork("vlan-10"), null, List.of(), 1),
                    new NetworkSpec(
                        "green", null, new MultusNetwork("a/vlan-20"), null, List.of(), 1))),
        PodVolumes.none());
    String first = bootGuest();
    assertThat(node.broker().slots(node.anchorUid())).contains(12, 158, 159);
    assertThat(node.broker().slots(first)).contains(12, 158, 159);

    UpdateResult one = committed(node.update(NEW));
    assertThat(one.descriptors()).extracting("name").contains("tap", "tap1", "tap2");

    node.broker().stopAnchor(node.anchorUid());
    node.anchorAgain();
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(node.broker().slots(node.anchorUid())).contains(12, 158, 159));
    var unused = committed(node.update(NEW));
    verify();
  }

  @Test
  void refusesAnImageWithoutQemu() throws Exception {
    String first = bootGuest();

    String update = UUID.randomUUID().toString();
    node.see(update, Instant.now(), false, "2m");
    String second = node.dial("none", update);
    await().atMost(SOON).untilAsserted(() -> assertThat(node.result(update)).isNotNull());

    UpdateResult result = Objects.requireNonNull(node.result(update));
    assertThat(result.verdict()).isEqualTo(End.REFUSED);
    assertThat(result.blockers()).extracting("reason").containsExactly("QemuNotFound");
    assertThat(node.broker().alive(first)).isTrue();
    assertThat(node.broker().alive(second)).isFalse();
    assertThat(tick()).isLessThan(tick());
  }

  @Test
  void rollsBackWhenTheNewQemuExitsAtOnce() throws Exception {
    String first = bootGuest();

    node.broker().changeArguments(argv -> with(argv, "-no-such-option"));
    String update = node.update(NEW);
    await().atMost(SOON).untilAsserted(() -> assertThat(node.result(update)).isNotNull());

    UpdateResult result = Objects.requireNonNull(node.result(update));
    assertThat(result.verdict()).isEqualTo(End.ROLLED_BACK);
    assertThat(result.reason()).isEqualTo("VmmFailedToStart");
    assertThat(result.pauseMicros()).isNull();
    assertThat(node.broker().alive(first)).isTrue();
    assertThat(tick()).isLessThan(tick());
    node.broker().changeArguments(argv -> argv);
    var unused = committed(node.update(NEW));
    verify();
  }

  @Test
  void rollsBackWhenTheLiveUpdateIsDeletedOrItsTimeIsOver() throws Exception {
    String unused = bootGuest();

    String deleted = UUID.randomUUID().toString();
    node.see(deleted, Instant.now(), false, "2m");
    node.see(deleted, Instant.now(), true, "2m");
    await().atMost(SOON).untilAsserted(() -> assertThat(node.result(deleted)).isNotNull());
    assertThat(Objects.requireNonNull(node.result(deleted)).reason()).isEqualTo("Cancelled");

    String late = UUID.randomUUID().toString();
    node.see(late, Instant.now(), false, "1s");
    await().atMost(SOON).untilAsserted(() -> assertThat(node.result(late)).isNotNull());
    assertThat(Objects.requireNonNull(node.result(late)).reason()).isEqualTo("TimedOut");
    assertThat(tick()).isLessThan(tick());
  }

  @Test
  void tellsWhenQemuIsKilled() throws Exception {
    String first = bootGuest();

    node.broker().process(first).destroyForcibly();

    awaitGuest(GuestState.FAILED, "VmmExited");
  }

  @Test
  void goesBackToTheOlderQemu() throws Exception {
    String unused = bootGuest();
    var unusedToo = committed(node.update(NEW));
    verify();

    UpdateResult back = committed(node.update(OLD));

    System.out.printf("%s → %s: pause %d µs%n", NEW, OLD, back.pauseMicros());
    assertThat(back.fromVersion()).isEqualTo(NEW);
    assertThat(back.toVersion()).isEqualTo(OLD);
    assertThat(back.ramInode()).isNotZero().isEqualTo(back.ramInodeAfter());
    verify();
    UpdateResult again = committed(node.update(NEW));
    assertThat(again.toVersion()).isEqualTo(NEW);
    verify();
  }

  /** Each is built by a real QEMU, completes if nobody looks, and hurts the guest later. */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "CPU feature     |-cpu    |qemu64-v1                 |qemu64-v1,nx=off          |CpuFeaturesFiltered|CPU feature nx is on in the running QEMU and off in the new one",
        "CPU model       |-cpu    |qemu64-v1                 |EPYC-Rome-v4              |DeviceTreeDiffers  |CPU family is 15 in the running QEMU and 23 in the new one",
        "more CPU        |-cpu    |qemu64-v1                 |qemu64-v1,+avx2           |DeviceTreeDiffers  |CPU feature avx2 is off in the running QEMU and on in the new one",
        "aux-ram-share   |-machine|,aux-ram-share=on         |                          |PrivateMemory      |aux-ram-share is true in the running QEMU and false in the new one",
        "machine type    |-machine|pc-q35-10.0               |pc-q35-9.2                |DeviceTreeDiffers  |machine type is pc-q35-10.0-machine in the running QEMU and pc-q35-9.2-machine in the new one",
        "device property |-device |rx_queue_size=256         |rx_queue_size=512         |DeviceTreeDiffers  |rx_queue_size",
        "one more device |-rtc    |base=utc                  |base=utc -device virtio-rng-pci,id=more|DeviceTreeDiffers|device main-system-bus/q35-pcihost/pcie.0/more",
        "UUID            |-uuid   |-                         |-                         |DeviceTreeDiffers  |UUID is",
      })
  void aNewQemuThatIsBuiltOtherwiseNeverGetsTheGuest(
      String what, String option, String from, String to, String reason, String words)
      throws Exception {
    String first = bootGuest();
    node.broker()
        .changeArguments(argv ->
            what.equals("UUID")
                ? argv.stream().map(VmLifeIT::otherUuid).toList()
                : replaced(argv, option, from, to == null ? "" : to));

    String update = node.update(NEW);
    await().atMost(SOON).untilAsserted(() -> assertThat(node.result(update)).isNotNull());

    UpdateResult result = Objects.requireNonNull(node.result(update));
    System.out.println(what + ": " + result.reason() + ": " + result.message());
    assertThat(result.verdict()).as(result.message()).isEqualTo(End.ROLLED_BACK);
    assertThat(result.reason()).as(result.message()).isEqualTo(reason);
    assertThat(result.message()).contains(words);
    assertThat(result.blockers()).extracting("reason").contains(reason);
    assertThat(result.timeline()).extracting(Step::name).doesNotContain("GuestStopped");
    assertThat(node.broker().alive(first)).isTrue();
    assertThat(tick()).isLessThan(tick());
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "-machine|,aux-ram-share=on|                                         |PrivateMemory",
        "-object |share=on         |share=off                                |PrivateMemory",
        "-rtc    |base=utc         |base=utc -device nvme,id=nv,serial=a     |NonMigratableDevice",
      })
  void saysWhatBlocksAnUpdateBeforeAnybodyAsks(String option, String from, String to, String reason)
      throws Exception {
    node.broker().changeArguments(argv -> replaced(argv, option, from, to == null ? "" : to));
    String first = bootGuest();

    await()
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(node.obstacles()).extracting("reason").containsExactly(reason));
    String update = node.update(NEW);
    await().atMost(SOON).untilAsserted(() -> assertThat(node.result(update)).isNotNull());

    UpdateResult result = Objects.requireNonNull(node.result(update));
    assertThat(result.verdict()).isEqualTo(End.REFUSED);
    assertThat(result.reason()).isEqualTo(reason);
    assertThat(node.broker().alive(first)).isTrue();
    assertThat(tick()).isLessThan(tick());
  }

  private static String otherUuid(String word) {
    return word.replaceAll(
        "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "11111111-2222-3333-4444-555555555555");
  }

  private static List<String> with(List<String> argv, String word) {
    List<String> all = new ArrayList<>(argv);
    all.add(word);
    return all;
  }

  /** Changes the value of an option that has that text in it. */
  private static List<String> replaced(List<String> argv, String option, String from, String to) {
    List<String> all = new ArrayList<>(argv);
    for (int i = 0; i + 1 < all.size(); i++) {
      String value = all.get(i + 1);
      if (all.get(i).equals(option) && value.contains(from)) {
        List<String> words = List.of((from == null ? to : value.replace(from, to)).split(" ", -1));
        all.remove(i + 1);
        all.addAll(i + 1, words);
        return all;
      }
    }
    throw new AssertionError("no " + option + " with " + from + " in " + argv);
  }

  private String bootGuest() throws Exception {
    String pod = node.boot(OLD);
    awaitGuest(GuestState.RUNNING, null);
    node.broker().console().await("GUEST UP", BOOT);
    node.broker().console().await("pattern mb=", BOOT);
    return pod;
  }

  private UpdateResult committed(String update) {
    await().atMost(SOON).untilAsserted(() -> assertThat(node.result(update)).isNotNull());
    UpdateResult result = Objects.requireNonNull(node.result(update));
    assertThat(result.verdict()).as(result.message()).isEqualTo(End.COMMITTED);
    return result;
  }

  private void awaitGuest(GuestState state, @Nullable String reason) {
    await()
        .atMost(SOON)
        .untilAsserted(() -> {
          RunRecord run = node.shown();
          assertThat(run).isNotNull();
          assertThat(Objects.requireNonNull(run).guest().state())
              .as(String.valueOf(run.guest().message()))
              .isEqualTo(state);
          assertThat(run.guest().reason()).isEqualTo(reason);
        });
  }

  private int tick() throws Exception {
    return Integer.parseInt(node.broker().console().await("tick (\\d+)\\r?\\n", SOON));
  }

  private void verify() throws Exception {
    node.broker().console().type("verify");
    node.broker().console().await("verify mb=\\d+ bad=0", SOON);
  }

  private static long at(UpdateResult result, String step) {
    return result.timeline().stream()
        .filter(one -> one.name().equals(step))
        .findFirst()
        .orElseThrow()
        .atMicros();
  }

  private static boolean listed(Path journal) {
    return Files.exists(journal);
  }
}
