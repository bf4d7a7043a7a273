package dev.moult.agent.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.journal.UpdateRecord.End;
import dev.moult.agent.journal.UpdateRecord.Step;
import dev.moult.agent.journal.UpdateRecord.UpdateResult;
import dev.moult.api.v1alpha1.GuestState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
            "VerdictWritten",
            "GuestResumed",
            "OldVmmKilled");
    assertThat(node.broker().alive(first)).isFalse();
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

    node.broker().breakArguments(true);
    String update = node.update(NEW);
    await().atMost(SOON).untilAsserted(() -> assertThat(node.result(update)).isNotNull());

    UpdateResult result = Objects.requireNonNull(node.result(update));
    assertThat(result.verdict()).isEqualTo(End.ROLLED_BACK);
    assertThat(result.reason()).isEqualTo("VmmFailedToStart");
    assertThat(result.pauseMicros()).isNull();
    assertThat(node.broker().alive(first)).isTrue();
    assertThat(tick()).isLessThan(tick());
    node.broker().breakArguments(false);
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

  private void awaitGuest(GuestState state, @org.jspecify.annotations.Nullable String reason) {
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

  private static boolean listed(Path journal) {
    return Files.exists(journal);
  }
}
