package dev.moult.agent.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.moult.agent.broker.BrokerException;
import dev.moult.agent.journal.FullTmpfs;
import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.journal.UpdateRecord.End;
import dev.moult.agent.journal.UpdateRecord.Memory;
import dev.moult.agent.journal.UpdateRecord.Step;
import dev.moult.agent.journal.UpdateRecord.UpdateResult;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.linux.file.FileIo;
import dev.moult.linux.file.FileStat;
import dev.moult.linux.process.PidFd;
import dev.moult.linux.process.Signal;
import dev.moult.wire.RefusalReason;
import dev.moult.wire.Request;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An agent that dies in the middle of a handoff, and a new QEMU that hangs: no guest is lost. */
class FaultIT {
  private static final String OLD = "10.0.2";
  private static final String NEW = "11.1.3";
  private static final Duration BOOT = Duration.ofSeconds(120);
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir Path directory;

  private TestNode node;
  private String first;
  private @Nullable FullTmpfs run;

  @BeforeEach
  void begin() throws Exception {
    node = new TestNode(directory);
    boot();
  }

  private void boot() throws Exception {
    first = node.boot(OLD);
    await().atMost(SOON).untilAsserted(() -> assertThat(state()).isEqualTo(GuestState.RUNNING));
    node.broker().console().await("GUEST UP", BOOT);
    node.broker().console().await("pattern mb=", BOOT);
  }

  @AfterEach
  void end() throws Exception {
    node.close();
    if (run != null) {
      run.close();
    }
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
  void anAgentThatDiesWhenAIsFrozenIsFollowedByOneThatThawsItAndCommits() throws Exception {
    var died = node.broker().agentDiesAfter(request -> request instanceof Request.Freeze);
    String update = node.update(NEW);
    died.get(SOON.toSeconds(), TimeUnit.SECONDS);
    assertThat(states(first)).containsOnly("T");

    succeed(update);

    UpdateResult result = result(update);
    assertThat(result.verdict()).as(result.message()).isEqualTo(End.COMMITTED);
    assertThat(result.timeline()).extracting(Step::name).contains("OldVmmFrozen");
    assertThat(node.broker().alive(first)).isFalse();
    guestIsWell();
  }

  @Test
  void anAgentThatDiesWhenAIsFrozenAndThenBIsFollowedByOneThatLetsAGoOn() throws Exception {
    var died = node.broker().agentDiesAfter(request -> request instanceof Request.Freeze);
    String update = node.update(NEW);
    died.get(SOON.toSeconds(), TimeUnit.SECONDS);
    killAllBut(first);

    succeed(update);

    UpdateResult result = result(update);
    assertThat(result.verdict()).as(result.message()).isEqualTo(End.ROLLED_BACK);
    guestIsWell();
    UpdateResult again = result(node.update(NEW));
    assertThat(again.verdict()).as(again.message()).isEqualTo(End.COMMITTED);
    guestIsWell();
  }

  @Test
  void aNewQemuThatDiesWhenTheOldOneIsFrozenLetsThatGoOn() throws Exception {
    node.broker()
        .afterEach(request -> {
          if (request instanceof Request.Freeze) {
            assertThat(states(first)).containsOnly("T");
            killAllBut(first);
          }
        });

    UpdateResult result = result(node.update(NEW));

    assertThat(result.verdict()).as(result.message()).isEqualTo(End.ROLLED_BACK);
    assertThat(result.reason()).isEqualTo("TransferFailed");
    assertThat(result.timeline()).extracting(Step::name).contains("OldVmmFrozen");
    guestIsWell();
  }

  @Test
  void aNewQemuThatHangsWhenTheOldOneIsFrozenIsKilledInTime() throws Exception {
    node.broker()
        .afterEach(request -> {
          if (request instanceof Request.Freeze) {
            node.broker().others(first).forEach(qemu -> signal("STOP", qemu.pid()));
          }
        });

    UpdateResult result = result(node.update(NEW));

    assertThat(result.verdict()).as(result.message()).isEqualTo(End.ROLLED_BACK);
    assertThat(result.reason()).isEqualTo("StopPhaseTimedOut");
    assertThat(at(result, "VmmKilled") - at(result, "GuestStopped"))
        .isBetween(1_000_000L, 2_700_000L);
    guestIsWell();
  }

  @Test
  void anOldQemuThatDiesWhenItIsFrozenIsNotMissed() throws Exception {
    node.broker()
        .afterEach(request -> {
          if (request instanceof Request.Freeze) {
            kill(node.broker().process(first));
          }
        });

    UpdateResult result = result(node.update(NEW));

    assertThat(result.verdict()).as(result.message()).isEqualTo(End.COMMITTED);
    guestIsWell();
  }

  @Test
  void anOldQemuThatIsNotProvedToStandStillKeepsTheGuest() throws Exception {
    node.broker()
        .refuse(request ->
            request instanceof Request.Freeze
                ? new BrokerException.Refused(RefusalReason.TIMED_OUT, "a thread hangs")
                : null);

    UpdateResult result = result(node.update(NEW));

    assertThat(result.verdict()).as(result.message()).isEqualTo(End.ROLLED_BACK);
    assertThat(result.reason()).isEqualTo("VmmNotFrozen");
    assertThat(result.message()).contains("a thread hangs");
    assertThat(result.timeline()).extracting(Step::name).doesNotContain("OldVmmFrozen");
    guestIsWell();
  }

  /** One that is being restarted: a rollback would need it as well. */
  @Test
  void aBrokerThatIsAwayWhenTheOldQemuIsToBeFrozenIsWaitedFor() throws Exception {
    AtomicInteger away = new AtomicInteger(3);
    node.broker()
        .refuse(request ->
            request instanceof Request.Freeze && away.getAndDecrement() > 0
                ? new BrokerException.Lost("played")
                : null);

    UpdateResult result = result(node.update(NEW));

    assertThat(result.verdict()).as(result.message()).isEqualTo(End.COMMITTED);
    assertThat(away.get()).isNegative();
    guestIsWell();
  }

  @Test
  void aMemoryThatNobodyWritesToIsVerified() throws Exception {
    node.verifyMemory();

    UpdateResult result = result(node.update(NEW));

    assertThat(result.verdict()).as(result.message()).isEqualTo(End.COMMITTED);
    Memory memory = Objects.requireNonNull(result.memory());
    assertThat(memory.after()).isEqualTo(memory.before());
    assertThat(memory.bytes()).isEqualTo(bytes());
    assertThat(result.timeline())
        .extracting(Step::name)
        .containsSubsequence("StateSent", "OldVmmFrozen", "MemoryVerified", "VerdictWritten");
    guestIsWell();
  }

  /** The byte is put back before the old QEMU goes on: the guest's own check finds nothing. */
  @Test
  void aMemoryThatSomebodyWritesToGoesOnUnderTheOldQemu() throws Exception {
    node.verifyMemory();
    long last = bytes() - 1;
    AtomicReference<byte[]> was = new AtomicReference<>();
    node.broker()
        .afterEach(request -> {
          if (request instanceof Request.Digest && was.get() == null) {
            was.set(read(last));
            write(last, new byte[] {(byte) ~was.get()[0]});
          }
        });
    node.broker()
        .beforeEach(request -> {
          if (request instanceof Request.Thaw && was.get() != null) {
            write(last, was.get());
          }
        });

    UpdateResult result = result(node.update(NEW));

    assertThat(result.verdict()).as(result.message()).isEqualTo(End.ROLLED_BACK);
    assertThat(result.reason()).isEqualTo("MemoryChanged");
    Memory memory = Objects.requireNonNull(result.memory());
    assertThat(memory.after()).isNotNull().isNotEqualTo(memory.before());
    guestIsWell();
  }

  @Test
  void aMemoryThatCannotBeReadIsNotHandedOver() throws Exception {
    node.verifyMemory();
    node.broker()
        .refuse(request ->
            request instanceof Request.Digest
                ? new BrokerException.Refused(RefusalReason.TIMED_OUT, "too slow")
                : null);

    UpdateResult result = result(node.update(NEW));

    assertThat(result.verdict()).as(result.message()).isEqualTo(End.ROLLED_BACK);
    assertThat(result.reason()).isEqualTo("MemoryNotVerified");
    assertThat(result.memory()).isNull();
    guestIsWell();
  }

  @Test
  void anAgentThatDiesBetweenTheTwoLooksIsFollowedByOneThatTakesBoth() throws Exception {
    node.verifyMemory();
    var died = node.broker().agentDiesAfter(request -> request instanceof Request.Digest);
    String update = node.update(NEW);
    died.get(SOON.toSeconds(), TimeUnit.SECONDS);

    succeed(update);

    UpdateResult result = result(update);
    assertThat(result.verdict()).as(result.message()).isEqualTo(End.COMMITTED);
    Memory memory = Objects.requireNonNull(result.memory());
    assertThat(memory.after()).isEqualTo(memory.before());
    guestIsWell();
  }

  private long bytes() throws IOException {
    return FileStat.of(node.broker().ram(node.anchorUid())).size();
  }

  private byte[] read(long at) {
    try {
      return FileIo.readAt(node.broker().ram(node.anchorUid()), at, 1);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void write(long at, byte[] bytes) {
    try {
      FileIo.writeAt(node.broker().ram(node.anchorUid()), at, bytes);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void killAllBut(String pod) {
    node.broker().others(pod).forEach(FaultIT::kill);
  }

  private static void kill(Process process) {
    try {
      process.destroyForcibly().waitFor();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** The states of all threads of a QEMU. */
  private List<String> states(String pod) {
    try (var tasks =
        Files.newDirectoryStream(Path.of("/proc/" + node.broker().process(pod).pid() + "/task"))) {
      List<String> states = new ArrayList<>();
      for (Path task : tasks) {
        String stat = Files.readString(task.resolve("stat"));
        states.add(stat.substring(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3));
      }
      return states;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
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

  @Test
  void aNewQemuThatFreezesInTheStopPhaseIsKilledInTime() throws Exception {
    node.broker()
        .listenAtMonitors(pod -> pod.equals(first) ? null : answered(pod, "migrate-incoming"));

    UpdateResult result = result(node.update(NEW));

    assertThat(result.verdict()).as(result.message()).isEqualTo(End.ROLLED_BACK);
    assertThat(result.reason()).as(result.message()).isEqualTo("StopPhaseTimedOut");
    long stood = at(result, "VmmKilled") - at(result, "GuestStopped");
    System.out.printf("the guest stood %d µs under a frozen B%n", stood);
    assertThat(stood).isBetween(1_000_000L, 2_700_000L);
    assertThat(node.broker().alive(first)).isTrue();
    guestIsWell();
    node.broker().listenAtMonitors(pod -> null);
    UpdateResult again = result(node.update(NEW));
    assertThat(again.verdict()).as(again.message()).isEqualTo(End.COMMITTED);
    guestIsWell();
  }

  /** Freezes a QEMU before the agent gets its answer to that command. */
  private MonitorProxy.Lines answered(String pod, String command) {
    return new MonitorProxy.Lines() {
      private volatile String id = "";

      @Override
      public @Nullable String refuse(JsonNode asked) {
        if (asked.path("execute").asText().equals(command)) {
          id = asked.path("id").toString();
        }
        return null;
      }

      @Override
      public void said(JsonNode line) throws IOException {
        if (!id.isEmpty() && line.has("return") && line.path("id").toString().equals(id)) {
          try (PidFd qemu = PidFd.open((int) node.broker().process(pod).pid())) {
            qemu.signal(Signal.STOP);
          }
        }
      }
    };
  }

  /** An error of the agent's own is no death: the same agent must end what it began. */
  @ParameterizedTest
  @CsvSource({"Facts, ROLLED_BACK", "Kill, COMMITTED"})
  void anAgentThatErrsInTheMiddleSettlesWhatItBegan(String request, End end) throws Exception {
    AtomicBoolean erred = new AtomicBoolean();
    node.broker()
        .beforeEach(asked -> {
          boolean there = asked.getClass().getSimpleName().equals(request);
          if (there && erred.compareAndSet(false, true)) {
            throw new IllegalStateException("played");
          }
        });

    long began = System.nanoTime();
    UpdateResult result = result(node.update(NEW));

    assertThat(erred).isTrue();
    // Nobody waits for an answer of the old QEMU, which is frozen, before that is settled.
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
    assertThat(result.verdict()).as(result.message()).isEqualTo(end);
    assertThat(node.broker().alive(first)).isEqualTo(end == End.ROLLED_BACK);
    guestIsWell();
  }

  @Test
  void contThatIsRefusedForAMomentIsTriedAgain() throws Exception {
    AtomicInteger refusals = new AtomicInteger(3);
    node.broker().listenAtMonitors(pod -> pod.equals(first) ? null : refusing(refusals));

    UpdateResult result = result(node.update(NEW));

    assertThat(result.verdict()).as(result.message()).isEqualTo(End.COMMITTED);
    assertThat(refusals.get()).isNegative();
    guestIsWell();
  }

  @Test
  void contThatIsRefusedForGoodLetsTheOldQemuGoOn() throws Exception {
    AtomicInteger refusals = new AtomicInteger(Integer.MAX_VALUE);
    node.broker().listenAtMonitors(pod -> pod.equals(first) ? null : refusing(refusals));

    UpdateResult result = result(node.update(NEW));

    assertThat(Integer.MAX_VALUE - refusals.get()).as("attempts").isBetween(3, 20);
    assertThat(result.verdict()).as(result.message()).isEqualTo(End.ROLLED_BACK);
    assertThat(result.message()).contains("Failed to lock byte 201");
    assertThat(node.broker().alive(first)).isTrue();
    guestIsWell();
  }

  /** Answers so many {@code cont} as a QEMU does whose disk somebody else has locked. */
  private static MonitorProxy.Lines refusing(AtomicInteger times) {
    return new MonitorProxy.Lines() {
      @Override
      public @Nullable String refuse(JsonNode asked) {
        return asked.path("execute").asText().equals("cont") && times.getAndDecrement() > 0
            ? "Failed to lock byte 201"
            : null;
      }
    };
  }

  @Test
  void aGuestThatPowersOffMeanwhileEndsTheUpdate() throws Exception {
    // Its monitor must be listened at from its start.
    node.close();
    node = new TestNode(Files.createDirectory(directory.resolve("again")));
    CountDownLatch off = new CountDownLatch(1);
    node.broker()
        .listenAtMonitors(pod ->
            new MonitorProxy.Lines() {
              @Override
              public void said(JsonNode line) {
                if (line.path("event").asText().equals("SHUTDOWN")) {
                  off.countDown();
                }
              }
            });
    boot();
    node.broker()
        .beforeEach(request -> {
          // Once B is up, it takes typed characters too.
          if (request instanceof Request.SendPlan plan && !plan.podUid().equals(first)) {
            powerOff(off);
          }
        });

    UpdateResult result = result(node.update(NEW));

    assertThat(result.verdict()).as(result.message()).isEqualTo(End.ROLLED_BACK);
    assertThat(result.reason()).as(result.message()).isEqualTo("GuestEnded");
    await().atMost(SOON).untilAsserted(() -> assertThat(state()).isEqualTo(GuestState.STOPPED));
  }

  private void powerOff(CountDownLatch off) {
    try {
      node.broker().console().type("poweroff");
      assertThat(off.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aNewPodThatSomebodyDeletesEndsTheUpdateBeforeTheStop() throws Exception {
    String update = UUID.randomUUID().toString();
    node.broker()
        .beforeEach(request -> {
          if (request instanceof Request.Facts facts && !facts.podUid().equals(first)) {
            node.deleteNew(facts.podUid(), update);
          }
        });
    node.see(update, Instant.now(), false, "2m");
    String second = node.dial(NEW, update);

    UpdateResult result = result(update);

    assertThat(result.verdict()).as(result.message()).isEqualTo(End.ROLLED_BACK);
    assertThat(result.reason()).isEqualTo("VmmPodFailed");
    assertThat(result.timeline()).extracting(Step::name).doesNotContain("GuestStopped");
    assertThat(node.broker().alive(second)).isFalse();
    guestIsWell();
  }

  @Test
  void aFullRunKeepsAnUpdateFromBeginningAndEndsOneThatHasBegun() throws Exception {
    node.close();
    FullTmpfs full = new FullTmpfs();
    run = full;
    node = new TestNode(Files.createDirectory(directory.resolve("again")), full.root());
    boot();
    full.fill();

    UpdateResult refused = result(node.update(NEW));

    assertThat(refused.verdict()).as(refused.message()).isEqualTo(End.REFUSED);
    assertThat(refused.reason()).isEqualTo("JournalUnwritable");
    assertThat(node.broker().alive(first)).isTrue();
    guestIsWell();
    full.free();
    node.broker()
        .beforeEach(request -> {
          if (request instanceof Request.Facts) {
            fill(full);
          }
        });
    UpdateResult ended = result(node.update(NEW));
    assertThat(ended.verdict()).as(ended.message()).isEqualTo(End.COMMITTED);
    assertThat(node.broker().alive(first)).isFalse();
    guestIsWell();
  }

  private static void fill(FullTmpfs run) {
    try {
      run.free();
      run.fill();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static long at(UpdateResult result, String step) {
    return result.timeline().stream()
        .filter(one -> one.name().equals(step))
        .findFirst()
        .orElseThrow()
        .atMicros();
  }

  /** A new agent takes the dead one's place, and the API server shows it the same LiveUpdate. */
  private void succeed(String update) throws Exception {
    node.broker().beforeEach(request -> {});
    node.broker().afterEach(request -> {});
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
