package dev.moult.agent.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.journal.UpdateRecord.End;
import dev.moult.agent.journal.UpdateRecord.UpdateResult;
import dev.moult.api.v1alpha1.GuestState;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The buttons of a guest by its spec alone, with the demonstration guest on real QEMUs. */
class PowerIT {
  private static final String OLD = "10.0.2";
  private static final String NEW = "11.1.3";
  private static final Duration BOOT = Duration.ofSeconds(240);
  private static final Duration SOON = Duration.ofSeconds(90);
  private static final Pattern UP = Pattern.compile("GUEST UP");

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
  void isResetOncePerRequestWhateverComesBetween() throws Exception {
    Instant early = Instant.parse("2026-01-01T12:00:00Z");
    node.wishAgain(spec -> spec.resetRequestedAt(early));
    String first = node.boot(OLD);
    up();
    // The start has served it.
    assertThat(shown().resetServed()).isEqualTo(early.toString());

    Instant request = early.plusSeconds(60);
    node.wishAgain(spec -> spec.resetRequestedAt(request));
    up();
    assertThat(shown().resetServed()).isEqualTo(request.toString());
    assertThat(node.resets()).containsExactly(request);
    assertThat(node.broker().alive(first)).isTrue();

    node.stopAgent();
    node.replaceAgent();
    node.seePods();
    int tick = tick();
    assertThat(committed(node.update(NEW)).pauseMicros()).isPositive();
    assertThat(tick()).isGreaterThan(tick);
    verify();
    assertThat(node.resets()).containsExactly(request);
    assertThat(UP.matcher(node.broker().console().text()).results()).hasSize(2);

    Instant again = request.plusSeconds(1);
    node.wishAgain(spec -> spec.resetRequestedAt(again));
    up();
    assertThat(node.resets()).containsExactly(request, again);
  }

  @Test
  void startsPausedAndIsKeptSoByASuccessor() throws Exception {
    node.wishAgain(spec -> spec.paused(true));
    String unused = node.boot(OLD);
    awaitGuest(GuestState.PAUSED, "PausedByUser");
    assertThat(node.obstacles()).extracting("reason").containsExactly("GuestNotRunning");

    node.stopAgent();
    node.replaceAgent();
    node.seePods();
    UpdateResult refused = result(node.update(NEW));
    assertThat(refused.verdict()).isEqualTo(End.REFUSED);
    assertThat(refused.message()).contains("prelaunch", "spec.paused: false");
    awaitGuest(GuestState.PAUSED, "PausedByUser");
    assertThat(node.broker().console().text()).isEmpty();

    node.wishAgain(spec -> spec.paused(false));
    awaitGuest(GuestState.RUNNING, null);
    up();
  }

  /** The demonstration's machine has no pvpanic by itself, as it is given its kernel. */
  @Test
  void aPanicIsToldAlsoByTheNextQemu() throws Exception {
    node.broker()
        .changeArguments(argv -> {
          var all = new ArrayList<>(argv);
          all.add("-device");
          all.add("pvpanic-pci,id=panic,bus=pcie.0,addr=0x14,events=3");
          return all;
        });
    String unused = node.boot(OLD);
    up();
    assertThat(committed(node.update(NEW)).pauseMicros()).isPositive();

    node.broker().console().type("panic");

    awaitGuest(GuestState.FAILED, "GuestPanicked");
  }

  private RunRecord shown() {
    return Objects.requireNonNull(node.shown());
  }

  private UpdateResult result(String update) {
    await().atMost(SOON).untilAsserted(() -> assertThat(node.result(update)).isNotNull());
    return Objects.requireNonNull(node.result(update));
  }

  private UpdateResult committed(String update) {
    UpdateResult result = result(update);
    assertThat(result.verdict()).as(result.message()).isEqualTo(End.COMMITTED);
    return result;
  }

  private void awaitGuest(GuestState state, @Nullable String reason) {
    await()
        .atMost(SOON)
        .untilAsserted(() -> {
          RunRecord run = node.shown();
          assertThat(run).isNotNull();
          var guest = Objects.requireNonNull(run).guest();
          assertThat(List.of(guest.state(), String.valueOf(guest.reason())))
              .containsExactly(state, String.valueOf(reason));
        });
  }

  private void up() throws Exception {
    await().atMost(SOON).until(() -> node.broker().hasConsole());
    node.broker().console().await("GUEST UP", BOOT);
    node.broker().console().await("pattern mb=", BOOT);
  }

  private int tick() throws Exception {
    return Integer.parseInt(node.broker().console().await("tick (\\d+)\\r?\\n", SOON));
  }

  private void verify() throws Exception {
    node.broker().console().type("verify");
    node.broker().console().await("verify mb=\\d+ bad=0", SOON);
  }
}
