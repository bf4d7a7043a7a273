package dev.moult.agent.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.moult.agent.run.Specs;
import dev.moult.qemu.guestagent.GuestFacts;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A guest whose agent lies, at the other end of a real socket; the VM's thread and what it tells
 * are real. Whatever is said: the thread does what it is asked meanwhile and after, no more is read
 * than a bound, every status is within the CRD's schema, and an agent that tells the truth is
 * believed next.
 */
class LyingGuestIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  /** A flood's length: longer than an answer may take. */
  private static final Duration FLOOD = Duration.ofSeconds(8);

  /** Of one look: a MiB that is skipped, and what the socket holds. */
  private static final long MOST_BYTES = 2L << 20;

  private static final int COMMANDS_OF_A_LOOK = 6;

  private static final Consumer<GuestView> TRUTH =
      present(facts -> assertThat(facts.agentVersion()).isEqualTo("10.0.2"));

  private static final String LOOKS = "guest-agent-" + Specs.VM_UID.substring(0, 8);

  @TempDir Path directory;

  private record Case(String name, LyingAgent.Lie lie, Consumer<GuestView> comesToThis) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Case> lies() {
    String interfaces = "guest-network-get-interfaces";
    return Stream.of(
        new Case("is mute", LyingAgent.Caller::listen, away("does not answer")),
        new Case("hangs up", caller -> {}, away("channel")),
        new Case(
            "never gets in step",
            caller -> {
              while (true) {
                JsonNode command = caller.command();
                if (command == null) {
                  return;
                }
                caller.sayBytes(LyingAgent.synced(LyingAgent.id(command) + 1));
              }
            },
            away("does not answer")),
        new Case(
            "floods with wrong numbers",
            caller -> caller.flood(LyingAgent.synced(0).repeat(100), FLOOD),
            away("more than 1000 lines in a second")),
        new Case(
            "floods before it is in step",
            caller -> caller.flood("x".repeat(64 << 10), FLOOD),
            away("before it was in step")),
        new Case(
            "floods with marks",
            caller -> caller.flood(String.valueOf(LyingAgent.MARK).repeat(1 << 10), FLOOD),
            away("more than 1000 lines in a second")),
        new Case(
            "floods with a line that does not end",
            inStepThen(caller -> caller.flood("x".repeat(64 << 10), FLOOD)),
            away("a line of more than 65536 bytes")),
        new Case(
            "floods with blank lines",
            inStepThen(caller -> caller.flood("\n".repeat(1 << 10), FLOOD)),
            away("more than 1000 lines in a second")),
        new Case(
            "floods with events",
            inStepThen(caller -> caller.flood("{\"event\": \"LIE\", \"data\": {}}\n", FLOOD)),
            away("no answer to guest-info")),
        new Case(
            "floods with answers",
            inStepThen(caller -> caller.flood("{\"return\": {\"version\": \"7\"}}\n", FLOOD)),
            present(facts -> {
              assertThat(facts.agentVersion()).isEqualTo("7");
              assertThat(facts.interfaces()).isEmpty();
            })),
        new Case(
            "says a byte now and then",
            inStepThen(caller -> {
              for (int i = 0; i < 200; i++) {
                caller.say("x");
                pause();
              }
            }),
            away("does not answer")),
        new Case(
            "says a long line",
            LyingAgent.lyingAt(
                "guest-info", "{\"return\": \"%s\"}\n".formatted("x".repeat(66_000))),
            away("a line of more than 65536 bytes")),
        new Case(
            "nests deeply",
            LyingAgent.lyingAt(
                "guest-info", "{\"return\": " + "[".repeat(30_000) + "]".repeat(30_000) + "}\n"),
            away("bad JSON")),
        new Case(
            "says more values than are kept",
            LyingAgent.lyingAt("guest-info", "{\"return\": [" + "1,".repeat(30_000) + "1]}\n"),
            away("bad JSON")),
        new Case("says nonsense", LyingAgent.lyingAt("guest-info", "moo\n"), away("bad JSON")),
        new Case("is no UTF-8", inStepThen(noText()), away("bad JSON")),
        new Case(
            "answers what was not asked",
            caller -> {
              caller.getInStep();
              caller.say("{\"return\": {\"version\": \"8\", \"host-name\": \"x\"}}\n".repeat(500));
              caller.listen();
            },
            present(facts -> {
              assertThat(facts.agentVersion()).isEqualTo("8");
              assertThat(facts.hostname()).isEqualTo("x");
            })),
        new Case(
            "says more interfaces than a line holds",
            LyingAgent.lyingAt(
                interfaces, "{\"return\": [" + "{\"name\": \"x\"},".repeat(9_000) + "{}]}\n"),
            away("a line of more than 65536 bytes")),
        new Case(
            "says a number that is none",
            LyingAgent.lyingAt(
                "guest-get-fsinfo",
                "{\"return\": [{\"mountpoint\": \"/\", \"total-bytes\": %s}]}\n"
                    .formatted("9".repeat(10_000))),
            present(facts -> assertThat(facts.fileSystems()).isEmpty())),
        new Case(
            "exaggerates", LyingAgent.exaggerating(), present(LyingGuestIT::assertCutToTheBounds)));
  }

  private static LyingAgent.Lie inStepThen(LyingAgent.Lie then) {
    return caller -> {
      caller.getInStep();
      if (caller.command() != null) {
        then.tell(caller);
      }
    };
  }

  private static LyingAgent.Lie noText() {
    return caller -> {
      caller.sayBytes("{\"return\": {\"version\": \"\u00c3(\"}}\n");
      caller.listen();
    };
  }

  /** Between two bytes of one who takes his time: nothing happens that could be waited for. */
  private static void pause() {
    try {
      Thread.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Consumer<GuestView> away(String why) {
    return view ->
        assertThat(view)
            .isInstanceOfSatisfying(
                GuestView.Away.class, away -> assertThat(away.message()).contains(why));
  }

  private static Consumer<GuestView> present(Consumer<GuestFacts> facts) {
    return view ->
        assertThat(view)
            .isInstanceOfSatisfying(
                GuestView.Present.class, present -> facts.accept(present.facts()));
  }

  private static void assertCutToTheBounds(GuestFacts facts) {
    assertThat(facts.agentVersion()).hasSize(63).startsWith("]0;owned 999").endsWith("9…");
    assertThat(facts.hostname()).hasSize(253);
    GuestFacts.Os os = Objects.requireNonNull(facts.os());
    assertThat(os.id()).isEqualTo("evil");
    assertThat(os.name()).hasSize(128);
    assertThat(os.prettyName()).hasSize(128);
    assertThat(os.version()).isNull();
    assertThat(os.kernelRelease()).isNull();
    assertThat(os.machine()).isNull();
    assertThat(facts.interfaces()).hasSize(16);
    GuestFacts.Interface red = facts.interfaces().getFirst();
    assertThat(red.name()).hasSize(63).startsWith("[31mA");
    assertThat(red.mac()).isNull();
    assertThat(red.addresses()).hasSize(16);
    assertThat(facts.fileSystems()).hasSize(32);
    assertThat(facts.fileSystems().subList(0, 5))
        .extracting(GuestFacts.FileSystem::totalBytes)
        .containsExactly(null, null, Long.MAX_VALUE, null, null);
    assertThat(facts.fileSystems().get(5).mountPoint()).hasSize(256);
    assertThat(facts.fileSystems().get(5).type()).hasSize(64);
  }

  @ParameterizedTest
  @MethodSource("lies")
  void harmsNobody(Case one) throws Exception {
    try (PlayedNode node = new PlayedNode(directory, one.lie())) {
      node.agent.awaitCaller();

      node.obeys(); // in the midst of it
      await().atMost(SOON).until(() -> !(node.told.view() instanceof GuestView.Unknown));
      one.comesToThis().accept(node.told.view());
      node.obeys();
      assertThat(node.agent.callers()).isEqualTo(1);

      node.agent.lie(LyingAgent.honest());
      node.reopen();
      await().atMost(SOON).untilAsserted(() -> TRUTH.accept(node.told.view()));
      assertThat(node.agent.said()).as("bytes that were read").isLessThan(MOST_BYTES);
      assertThat(node.told.refusals()).isEmpty();
    }
    await().alias("no look is left").atMost(SOON).until(() -> looks() == 0);
  }

  /** The line is held from one look to the next, and nobody reads between them. */
  @Test
  void whatItSaysBetweenLooksStandsUnread() throws Exception {
    var flooded = new CountDownLatch(1);
    LyingAgent.Lie lie =
        caller -> {
          for (int i = 0; i < COMMANDS_OF_A_LOOK; i++) {
            answer(caller);
          }
          caller.flood("{\"return\": {\"version\": \"7\"}}\n".repeat(100), Duration.ofSeconds(2));
          flooded.countDown();
          LyingAgent.honest().tell(caller);
        };
    try (PlayedNode node = new PlayedNode(directory, lie)) {
      await().atMost(SOON).untilAsserted(() -> TRUTH.accept(node.told.view()));
      node.obeys();
      assertThat(flooded.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(node.agent.said()).as("what a socket holds").isBetween(1L << 12, MOST_BYTES);

      int before = node.told.views();
      node.reopen();

      await().atMost(SOON).until(() -> node.told.views() > before);
      TRUTH.accept(node.told.view());
      assertThat(node.agent.callers()).as("the same line, in step").isEqualTo(1);
      assertThat(node.told.refusals()).isEmpty();
    }
  }

  private static void answer(LyingAgent.Caller caller) throws IOException {
    JsonNode command = caller.command();
    if (command == null) {
      return;
    }
    String name = command.path("execute").asText();
    if (name.equals("guest-sync-delimited")) {
      caller.sayBytes(LyingAgent.synced(LyingAgent.id(command)));
    } else {
      caller.say(LyingAgent.honest(name));
    }
  }

  /** What makes it be asked is rationed: each time costs a thread and a call. */
  @Test
  void oneThatComesAndGoesIsNotAskedEachTime() throws Exception {
    try (PlayedNode node = new PlayedNode(directory, caller -> {})) {
      await().atMost(SOON).until(() -> node.told.view() instanceof GuestView.Away);

      for (int i = 0; i < 200; i++) {
        node.monitor.port(false);
        node.monitor.port(true);
      }
      node.reopen();
      node.obeys();

      await().atMost(SOON).until(() -> node.agent.callers() > 1);
      assertThat(node.agent.callers()).isLessThan(10);
      assertThat(node.told.refusals()).isEmpty();
    }
  }

  private static long looks() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals(LOOKS))
        .count();
  }
}
