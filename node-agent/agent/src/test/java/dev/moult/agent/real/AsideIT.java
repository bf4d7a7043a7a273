package dev.moult.agent.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.moult.agent.journal.GuestRecord;
import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.journal.SuspendRecord;
import dev.moult.agent.journal.UpdateRecord.End;
import dev.moult.agent.journal.UpdateRecord.UpdateResult;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.Power;
import dev.moult.wire.Operation;
import dev.moult.wire.Request;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A guest is put aside and taken up by another real QEMU; one whose QEMU died is started anew. */
class AsideIT {
  private static final String OLD = "10.0.2";
  private static final String NEW = "11.1.3";
  private static final Duration BOOT = Duration.ofSeconds(120);
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir Path directory;

  private TestNode node;
  private String first;

  @BeforeEach
  void boot() throws Exception {
    node = new TestNode(directory);
    first = node.boot(OLD);
    becomes(GuestState.RUNNING);
    node.broker().console().await("GUEST UP", BOOT);
    node.broker().console().await("pattern mb=", BOOT);
  }

  @AfterEach
  void end() throws Exception {
    node.close();
  }

  @Test
  void theGuestGoesOnUnderAnotherQemuAndIsHandedOverThen() throws Exception {
    int tick = tick();
    suspend();
    assertThat(node.broker().alive(first)).isFalse();
    SuspendRecord.Saved saved = Objects.requireNonNull(suspension().saved());
    System.out.printf("put aside: %d bytes, stop %d µs%n", saved.bytes(), saved.stopMicros());
    assertThat(saved.qemuVersion()).isEqualTo(OLD);
    assertThat(run().vmm()).isNull();

    resume(NEW);

    assertThat(version()).isEqualTo(NEW);
    guestIsWell();
    assertThat(tick()).as("it goes on, it does not begin anew").isGreaterThan(tick);
    assertThat(suspension().step()).isEqualTo(SuspendRecord.Step.OVER);
    assertThat(node.journal().resolve("suspended.state")).doesNotExist();
    UpdateResult handedOver = result(node.update(NEW));
    assertThat(handedOver.verdict()).as(handedOver.message()).isEqualTo(End.COMMITTED);
    guestIsWell();
    suspend();
    resume(OLD);
    assertThat(version()).isEqualTo(OLD);
    guestIsWell();
  }

  @Test
  void anAgentThatDiesWithTheStateSavedIsFollowedByTheEndOfItsQemu() throws Exception {
    diesAt(
        request -> request instanceof Request.Kill kill && kill.podUid().equals(first),
        () -> wish(Power.SUSPENDED));
    assertThat(node.broker().alive(first)).isTrue();

    succeed();

    becomes(GuestState.SUSPENDED);
    assertThat(node.broker().alive(first)).isFalse();
    resume(NEW);
    guestIsWell();
  }

  @Test
  void anAgentThatDiesBeforeTheLoadIsFollowedByAnotherTry() throws Exception {
    suspend();
    wish(Power.RUNNING);
    String[] waiting = new String[1];
    diesAt(request -> request instanceof Request.SendPlan, () -> waiting[0] = node.dial(NEW, null));

    succeed();
    node.waits(waiting[0], NEW);
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(suspension().step()).isEqualTo(SuspendRecord.Step.SAVED));
    resume(NEW);

    guestIsWell();
  }

  @Test
  void anImageWithoutQemuIsSaidAndTheNextOneTakesTheGuestUp() throws Exception {
    suspend();
    wish(Power.RUNNING);
    String unused = node.dial("none", null);
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(guest().reason()).isEqualTo("QemuNotFound"));
    assertThat(state()).isEqualTo(GuestState.SUSPENDED);

    resume(NEW);

    guestIsWell();
  }

  @Test
  void aStateThatWasChangedIsNotRun() throws Exception {
    suspend();
    Path state = node.journal().resolve("suspended.state");
    byte[] bytes = Files.readAllBytes(state);
    bytes[bytes.length / 2] ^= 1;
    Files.write(state, bytes);

    wish(Power.RUNNING);
    String vmm = node.dial(NEW, null);

    becomes(GuestState.FAILED);
    assertThat(guest().reason()).isEqualTo("SuspendedStateLost");
    assertThat(guest().message()).isEqualTo("The saved state is not as it was saved.");
    await().atMost(SOON).until(() -> !node.broker().alive(vmm));
  }

  @Test
  void withTheAnchorsContainerThePutAsideGuestIsLost() throws Exception {
    suspend();

    node.anchorEnds();

    becomes(GuestState.FAILED);
    assertThat(guest().reason()).isEqualTo("SuspendedStateLost");
    assertThat(node.journal().resolve("suspended.state")).doesNotExist();
  }

  @Test
  void anUpdateOfAPutAsideGuestIsGivenUp() throws Exception {
    suspend();

    UpdateResult result = result(node.update(NEW));

    assertThat(result.verdict()).isEqualTo(End.ROLLED_BACK);
    assertThat(result.reason()).isEqualTo("Suspended");
    resume(NEW);
    guestIsWell();
  }

  @Test
  void aGuestWhoseQemuDiedIsStartedAnewInTheSameAnchorWithEmptyMemory() throws Exception {
    long inode = run().ramInode();
    node.broker().process(first).destroyForcibly();
    becomes(GuestState.FAILED);
    assertThat(guest().reason()).isEqualTo("VmmExited");
    node.broker()
        .beforeEach(request -> {
          if (request instanceof Request.SendPlan send) {
            assertThat(send.plan().operations()).contains(new Operation.EmptyRam(10));
          }
        });

    String unused = node.dial(NEW, null);

    becomes(GuestState.RUNNING);
    node.broker().console().await("GUEST UP", BOOT);
    assertThat(run().ramInode()).isEqualTo(inode);
    node.broker().console().await("pattern mb=", BOOT);
    guestIsWell();
  }

  private interface Deed {
    void run() throws Exception;
  }

  private void diesAt(Predicate<Request<?>> request, Deed deed) throws Exception {
    var died = node.broker().agentDiesAt(request);
    deed.run();
    died.get(SOON.toSeconds(), TimeUnit.SECONDS);
  }

  /** A new agent takes the dead one's place. */
  private void succeed() throws Exception {
    node.broker().beforeEach(request -> {});
    node.replaceAgent();
  }

  private void suspend() {
    wish(Power.SUSPENDED);
    becomes(GuestState.SUSPENDED);
  }

  private void resume(String version) throws Exception {
    wish(Power.RUNNING);
    String unused = node.dial(version, null);
    becomes(GuestState.RUNNING);
  }

  private void wish(Power power) {
    node.wishAgain(spec -> spec.power(power));
  }

  private void becomes(GuestState wanted) {
    await()
        .atMost(SOON)
        .untilAsserted(() ->
            assertThat(state()).as("%s", node.shown() == null ? null : guest()).isEqualTo(wanted));
  }

  private RunRecord run() {
    return Objects.requireNonNull(node.shown());
  }

  private GuestRecord guest() {
    return run().guest();
  }

  private GuestState state() {
    RunRecord run = node.shown();
    return run == null ? GuestState.LOST : run.guest().state();
  }

  private SuspendRecord suspension() {
    return Objects.requireNonNull(run().suspend());
  }

  private String version() {
    return Objects.requireNonNull(run().vmm()).qemuVersion();
  }

  private UpdateResult result(String update) {
    await().atMost(SOON).untilAsserted(() -> assertThat(node.result(update)).isNotNull());
    return Objects.requireNonNull(node.result(update));
  }

  private void guestIsWell() throws Exception {
    int tick = tick();
    assertThat(tick()).isGreaterThan(tick);
    node.broker().console().type("verify");
    node.broker().console().await("verify mb=\\d+ bad=0", SOON);
    assertThat(state()).isEqualTo(GuestState.RUNNING);
  }

  private int tick() throws Exception {
    return Integer.parseInt(node.broker().console().await("tick (\\d+)\\r?\\n", SOON));
  }
}
