package dev.moult.agent.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.journal.UpdateRecord.End;
import dev.moult.agent.journal.UpdateRecord.UpdateResult;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.wire.Request;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An agent that dies in the middle of a handoff, and a new QEMU that hangs: no guest is lost. */
class FaultIT {
  private static final String OLD = "10.0.2";
  private static final String NEW = "11.1.3";
  private static final Duration BOOT = Duration.ofSeconds(120);
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir Path directory;

  private TestNode node;
  private String first;

  @BeforeEach
  void begin() throws Exception {
    node = new TestNode(directory);
    first = node.boot(OLD);
    await().atMost(SOON).untilAsserted(() -> assertThat(state()).isEqualTo(GuestState.RUNNING));
    node.broker().console().await("GUEST UP", BOOT);
    node.broker().console().await("pattern mb=", BOOT);
  }

  @AfterEach
  void end() throws Exception {
    node.close();
  }

  @Test
  void anAgentThatDiesBeforeTheStopIsFollowedByARollback() throws Exception {
    var died = node.broker().agentDiesAt(request -> request instanceof Request.Facts);
    String update = node.update(NEW);
    died.get(SOON.toSeconds(), TimeUnit.SECONDS);

    succeed(update);

    UpdateResult result = result(update);
    assertThat(result.verdict()).as(result.message()).isEqualTo(End.ROLLED_BACK);
    assertThat(result.reason()).isEqualTo("AgentRestarted");
    assertThat(node.broker().alive(first)).isTrue();
    guestIsWell();
    UpdateResult again = result(node.update(NEW));
    assertThat(again.verdict()).as(again.message()).isEqualTo(End.COMMITTED);
    guestIsWell();
  }

  @Test
  void anAgentThatDiesAfterTheResumeIsFollowedByTheEndOfA() throws Exception {
    var died =
        node.broker()
            .agentDiesAt(
                request -> request instanceof Request.Kill kill && kill.podUid().equals(first));
    String update = node.update(NEW);
    died.get(SOON.toSeconds(), TimeUnit.SECONDS);
    assertThat(node.broker().alive(first)).as("A still maps the RAM").isTrue();

    succeed(update);

    UpdateResult result = result(update);
    assertThat(result.verdict()).as(result.message()).isEqualTo(End.COMMITTED);
    assertThat(node.broker().alive(first)).isFalse();
    RunRecord run = Objects.requireNonNull(node.shown());
    assertThat(Objects.requireNonNull(run.vmm()).qemuVersion()).isEqualTo(NEW);
    guestIsWell();
  }

  @Test
  void aNewQemuThatHangsIsKilledAndTheGuestGoesOn() throws Exception {
    node.broker()
        .beforeEach(request -> {
          if (request instanceof Request.Facts facts && !facts.podUid().equals(first)) {
            signal("STOP", node.broker().process(facts.podUid()).pid());
          }
        });

    String update = node.update(NEW);
    UpdateResult result = result(update);

    assertThat(result.verdict()).as(result.message()).isEqualTo(End.ROLLED_BACK);
    assertThat(result.reason()).isEqualTo("TransferFailed");
    assertThat(node.broker().alive(first)).isTrue();
    guestIsWell();
  }

  /** A new agent takes the dead one's place, and the API server shows it the same LiveUpdate. */
  private void succeed(String update) throws Exception {
    node.broker().beforeEach(request -> {});
    node.replaceAgent();
    node.see(update, Instant.now(), false, "2m");
  }

  private UpdateResult result(String update) {
    await().atMost(SOON).untilAsserted(() -> assertThat(node.result(update)).isNotNull());
    return Objects.requireNonNull(node.result(update));
  }

  private GuestState state() {
    RunRecord run = node.shown();
    return run == null ? GuestState.LOST : run.guest().state();
  }

  private void guestIsWell() throws Exception {
    int tick = tick();
    assertThat(tick()).isGreaterThan(tick);
    node.broker().console().type("verify");
    node.broker().console().await("verify mb=\\d+ bad=0", SOON);
    await().atMost(SOON).untilAsserted(() -> assertThat(state()).isEqualTo(GuestState.RUNNING));
  }

  private int tick() throws Exception {
    return Integer.parseInt(node.broker().console().await("tick (\\d+)\\r?\\n", SOON));
  }

  private static void signal(String name, long pid) {
    try {
      int exit = new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor();
      assertThat(exit).isZero();
    } catch (java.io.IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
