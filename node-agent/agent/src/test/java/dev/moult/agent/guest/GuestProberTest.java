package dev.moult.agent.guest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.agent.journal.AgentProbes.Probe;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GuestProberTest {
  private static final String VM = "6f1c9d0e-5a3b-4a52-9d5e-0a4d2f9a7c11";
  private static final String BEGUN = "\"return\": {\"pid\": 4711}";
  private static final String RUNS = "\"return\": {\"exited\": false}";
  private static final String WELL = "\"return\": {\"exited\": true, \"exitcode\": 0}";
  private static final String UNKNOWN =
      "\"error\": {\"class\": \"GenericError\", \"desc\": \"PID 4711 does not exist\"}";

  @TempDir Path directory;

  private PlayedGuestAgent agent(PlayedGuestAgent.Script script) throws IOException {
    return new PlayedGuestAgent(directory.resolve("ga.sock"), script);
  }

  private GuestLine line() {
    return new GuestLine(directory.resolve("ga.sock"), VM, Clock.systemUTC());
  }

  private static GuestProber prober(int timeout, String... command) {
    return new GuestProber(new Probe(List.of(command), 0, 1, timeout, 1, 1), VM);
  }

  @Test
  void onePingIsEnough() throws Exception {
    try (PlayedGuestAgent agent = agent((command, arguments) -> "\"return\": {}");
        GuestLine line = line()) {
      assertThat(prober(10).ask(line)).isEqualTo(new ProbeResult.Good());
      assertThat(agent.commands()).containsExactly("guest-ping");
    }
  }

  @Test
  void whoDoesNotAnswerInTimeHasFailed() throws Exception {
    try (PlayedGuestAgent agent = agent((command, arguments) -> null);
        GuestLine line = line()) {
      assertThat(prober(1).ask(line))
          .isInstanceOfSatisfying(
              ProbeResult.Bad.class,
              bad -> assertThat(bad.why()).startsWith("The guest agent does not answer"));
      assertThat(agent.commands()).isNotEmpty();
    }
  }

  @Test
  void nobodyBehindTheSocketIsAFailureToo() {
    try (GuestLine line = line()) {
      assertThat(prober(1).ask(line)).isInstanceOf(ProbeResult.Bad.class);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "\"exited\": true, \"exitcode\": 0 | ",
        "\"exited\": true, \"exitcode\": 3 | the command ended with exit code 3",
        "\"exited\": true, \"signal\": 9 | the command ended with exit code 137"
      })
  void anExitCodeOfZeroIsWhatCounts(String status, String why) throws Exception {
    try (PlayedGuestAgent agent =
            agent((command, arguments) ->
                command.equals("guest-exec") ? BEGUN : "\"return\": {" + status + "}");
        GuestLine line = line()) {
      assertThat(prober(10, "test", "-e", "/run/ready").ask(line))
          .isEqualTo(why == null ? new ProbeResult.Good() : new ProbeResult.Bad(why));
      assertThat(agent.commands())
          .containsExactly(
              "guest-exec{\"path\":\"test\",\"arg\":[\"-e\",\"/run/ready\"],\"capture-output\":false}",
              "guest-exec-status{\"pid\":4711}");
    }
  }

  @Test
  void whatTheGuestAgentMayNotRunHasFailed() throws Exception {
    try (PlayedGuestAgent agent =
            agent((command, arguments) ->
                "\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"disabled\"}");
        GuestLine line = line()) {
      assertThat(prober(10, "true").ask(line))
          .isEqualTo(new ProbeResult.Bad("guest-exec: disabled"));
      assertThat(agent.commands()).hasSize(1);
    }
  }

  /** Nobody can stop it in the guest: it must not be there twice. */
  @Test
  void aCommandThatGoesOnIsNotBegunAgainBeforeItHasEnded() throws Exception {
    AtomicReference<String> status = new AtomicReference<>(RUNS);
    try (PlayedGuestAgent agent =
            agent((command, arguments) -> command.equals("guest-exec") ? BEGUN : status.get());
        GuestLine line = line()) {
      GuestProber prober = prober(1, "true");

      assertThat(prober.ask(line))
          .isEqualTo(new ProbeResult.Bad("the command has not ended within 1 s"));
      assertThat(prober.ask(line))
          .isEqualTo(new ProbeResult.Bad("the command of an earlier try has not ended yet"));
      assertThat(begun(agent)).isEqualTo(1);

      status.set(WELL);
      assertThat(prober.ask(line)).isEqualTo(new ProbeResult.Good());
      assertThat(begun(agent)).isEqualTo(2);
    }
  }

  @Test
  void oneThatARestartedAgentDoesNotKnowIsBegunAgain() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    AtomicReference<String> status = new AtomicReference<>(RUNS);
    try (PlayedGuestAgent agent =
            agent((command, arguments) -> {
              if (command.equals("guest-exec")) {
                return BEGUN;
              }
              return UNKNOWN.equals(status.get()) && asked.getAndIncrement() > 0
                  ? WELL
                  : status.get();
            });
        GuestLine line = line()) {
      GuestProber prober = prober(1, "true");
      assertThat(prober.ask(line)).isInstanceOf(ProbeResult.Bad.class);

      status.set(UNKNOWN);

      assertThat(prober.ask(line)).isEqualTo(new ProbeResult.Good());
      assertThat(begun(agent)).isEqualTo(2);
    }
  }

  /** A handoff takes the channel while a command runs in the guest. */
  @Test
  void whatIsCutShortSaysNothing() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    try (PlayedGuestAgent agent =
            agent((command, arguments) -> {
              asked.countDown();
              return command.equals("guest-exec") ? BEGUN : RUNS;
            });
        GuestLine line = line()) {
      Thread handoff =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  asked.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
                line.close();
              });

      assertThat(prober(3600, "true").ask(line)).isEqualTo(new ProbeResult.Cut());
      handoff.join();
      assertThat(begun(agent)).isEqualTo(1);
    }
  }

  private static long begun(PlayedGuestAgent agent) {
    return agent.commands().stream().filter(each -> each.startsWith("guest-exec{")).count();
  }
}
