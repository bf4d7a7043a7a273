package dev.moult.qemu.guestagent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GuestAgentClientTest {
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final Duration SOON = Duration.ofSeconds(20);

  private static final Map<String, String> DEBIAN =
      Map.of(
          "guest-info",
          "{\"version\": \"10.0.2\", \"supported_commands\": []}",
          "guest-get-osinfo",
          """
          {"id": "debian", "name": "Debian GNU/Linux", "pretty-name": "Debian GNU/Linux 13 (trixie)",
           "version": "13 (trixie)", "version-id": "13", "kernel-release": "6.12.43+deb13-cloud-amd64",
           "kernel-version": "#1 SMP", "machine": "x86_64"}\
          """,
          "guest-get-host-name",
          "{\"host-name\": \"shop\"}",
          "guest-network-get-interfaces",
          """
          [{"name": "lo", "ip-addresses": [{"ip-address": "127.0.0.1", "prefix": 8},
             {"ip-address": "::1", "prefix": 128}], "hardware-address": "00:00:00:00:00:00"},
           {"name": "enp0s3", "hardware-address": "52:54:00:12:34:56", "ip-addresses": [
             {"ip-address-type": "ipv6", "ip-address": "fe80::1", "prefix": 64},
             {"ip-address-type": "ipv4", "ip-address": "10.0.2.2", "prefix": 24}]}]\
          """,
          "guest-get-fsinfo",
          """
          [{"name": "vda1", "mountpoint": "/", "type": "ext4", "total-bytes": 2900000000,
            "total-bytes-privileged": 3000000000, "used-bytes": 1, "disk": []},
           {"name": "vda15", "mountpoint": "/boot/efi", "type": "vfat", "total-bytes": 16000000}]\
          """,
          "guest-ping",
          "{}");

  @TempDir Path directory;

  private GuestAgentClient connect() throws Exception {
    return connect(SOON);
  }

  private GuestAgentClient connect(Duration answer) throws Exception {
    return GuestAgentClient.connect(directory.resolve("ga.sock"), answer);
  }

  private ScriptedAgent agent(ScriptedAgent.Script script) throws Exception {
    return new ScriptedAgent(directory.resolve("ga.sock"), script);
  }

  private static String returned(String command) {
    return "{\"return\": "
        + Objects.requireNonNull(DEBIAN.get(command), command).replace('\n', ' ')
        + "}\n";
  }

  @Test
  void readsWhatAnAgentTells() throws Exception {
    try (ScriptedAgent agent = agent(ScriptedAgent.inStep((command, r) -> returned(command)));
        GuestAgentClient client = connect()) {
      client.synchronise();
      client.ping();
      GuestFacts facts = client.look();

      assertThat(agent.commands()).hasSize(7);
      assertThat(facts.agentVersion()).isEqualTo("10.0.2");
      assertThat(facts.os())
          .isEqualTo(
              new GuestFacts.Os(
                  "debian",
                  "Debian GNU/Linux",
                  "Debian GNU/Linux 13 (trixie)",
                  "13 (trixie)",
                  "6.12.43+deb13-cloud-amd64",
                  "x86_64"));
      assertThat(facts.hostname()).isEqualTo("shop");
      assertThat(facts.interfaces())
          .containsExactly(
              new GuestFacts.Interface(
                  "enp0s3", "52:54:00:12:34:56", List.of("10.0.2.2", "fe80::1")));
      assertThat(facts.fileSystems())
          .containsExactly(
              new GuestFacts.FileSystem("/", "ext4", 3_000_000_000L),
              new GuestFacts.FileSystem("/boot/efi", "vfat", 16_000_000L));
    }
  }

  @Test
  void whatStoodUnreadIsSkipped() throws Exception {
    ScriptedAgent.Script late =
        (command, request) ->
            command.equals("guest-sync-delimited")
                ? "{\"return\": {\"half\": \n"
                    + ScriptedAgent.synced(1)
                    + "{\"return\": \"of somebody before\"}\n"
                    + ScriptedAgent.synced(request.path("arguments").path("id").asLong())
                : returned(command);
    try (ScriptedAgent agent = agent(late);
        GuestAgentClient client = connect()) {
      client.synchronise();

      assertThat(client.look().hostname()).isEqualTo("shop");
      assertThat(agent.commands()).isNotEmpty();
    }
  }

  @Test
  void oneThatIsSilentCostsItsTimeAndNoMore() throws Exception {
    try (ScriptedAgent agent = agent((command, request) -> "");
        GuestAgentClient client = connect(SHORT)) {
      long before = System.nanoTime();

      assertThatThrownBy(client::synchronise).isInstanceOf(GuestAgentException.Silent.class);
      assertThat(Duration.ofNanos(System.nanoTime() - before)).isBetween(SHORT, SOON);
      assertThat(agent.commands()).hasSize(1);
    }
  }

  @Test
  void afterALateAnswerItGetsInStepAgain() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    ScriptedAgent.Script script =
        ScriptedAgent.inStep((command, request) -> {
          if (command.equals("guest-ping") && asked.getAndIncrement() == 0) {
            return "";
          }
          return returned(command);
        });
    try (ScriptedAgent agent = agent(script);
        GuestAgentClient client = connect(Duration.ofSeconds(2))) {
      client.synchronise();
      assertThatThrownBy(client::ping).isInstanceOf(GuestAgentException.Silent.class);

      client.synchronise();
      assertThat(client.look().agentVersion()).isEqualTo("10.0.2");
      assertThat(agent.commands()).isNotEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense\n",
        "[1]\n",
        "{\"return\": {}}{}\n",
        "{\"neither\": 1}\n",
        "{\"return\": \"\u00c3\"}\n"
      })
  void nonsenseIsRefused(String line) throws Exception {
    try (ScriptedAgent agent = agent(ScriptedAgent.inStep((command, request) -> line));
        GuestAgentClient client = connect()) {
      client.synchronise();

      assertThatThrownBy(client::look).isInstanceOf(GuestAgentException.Protocol.class);
      assertThat(agent.commands()).hasSize(2);
    }
  }

  @Test
  void anAnswerHasItsBounds() throws Exception {
    String deep = "{\"return\": " + "[".repeat(40) + "]".repeat(40) + "}\n";
    String wide = "{\"return\": [" + "1,".repeat(25_000) + "1]}\n";
    String large = "{\"return\": \"" + "x".repeat(65 * 1024) + "\"}\n";
    for (String each : List.of(deep, wide, large)) {
      Path socket = directory.resolve(each.length() + ".sock");
      try (ScriptedAgent agent =
              new ScriptedAgent(socket, ScriptedAgent.inStep((command, request) -> each));
          GuestAgentClient client = GuestAgentClient.connect(socket, SOON)) {
        client.synchronise();

        assertThatThrownBy(client::ping).isInstanceOf(GuestAgentException.Protocol.class);
        assertThat(agent.commands()).hasSize(2);
      }
    }
  }

  @Test
  void aFloodBeforeTheMarkEnds() throws Exception {
    try (ScriptedAgent agent =
            agent((command, request) -> "x".repeat(MarkedBytes.MOST_SKIPPED + 1));
        GuestAgentClient client = connect()) {
      assertThatThrownBy(client::synchronise).isInstanceOf(GuestAgentException.Protocol.class);
      assertThat(agent.commands()).hasSize(1);
    }
  }

  /** Never out of step for longer than a synchronisation. */
  @Test
  void moreFileSystemsThanAnAnswerHoldsAreLeftOut() throws Exception {
    String many = "{\"return\": [" + "{\"mountpoint\": \"/x\"},".repeat(4_000) + "{}]}\n";
    try (ScriptedAgent agent =
            agent(
                ScriptedAgent.inStep((command, request) ->
                    command.equals("guest-get-fsinfo") ? many : returned(command)));
        GuestAgentClient client = connect()) {
      client.synchronise();
      GuestFacts facts = client.look();

      assertThat(facts.hostname()).isEqualTo("shop");
      assertThat(facts.fileSystems()).isEmpty();
      client.synchronise();
      client.ping();
      assertThat(agent.commands()).hasSize(8);
    }
  }

  @Test
  void whatItIsForbiddenToTellIsLeftOut() throws Exception {
    try (ScriptedAgent agent =
            agent(
                ScriptedAgent.inStep((command, request) ->
                    command.equals("guest-info")
                        ? returned(command)
                        : "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"\\u001b[2J\"}}\n"));
        GuestAgentClient client = connect()) {
      client.synchronise();

      assertThat(client.look())
          .isEqualTo(new GuestFacts("10.0.2", null, null, List.of(), List.of()));
      assertThatThrownBy(client::ping)
          .isInstanceOf(GuestAgentException.Refused.class)
          .hasMessageNotContaining("\u001b");
      assertThat(agent.commands()).hasSize(7);
    }
  }

  @Test
  void silenceIsConsentToAShutdown() throws Exception {
    try (ScriptedAgent agent = agent(ScriptedAgent.inStep((command, request) -> ""));
        GuestAgentClient client = connect(Duration.ofSeconds(2))) {
      client.synchronise();
      client.shutdown();

      assertThat(agent.commands()).endsWith("guest-shutdown{\"mode\":\"powerdown\"}");
    }
  }

  @Test
  void aRefusedShutdownIsSaid() throws Exception {
    try (ScriptedAgent agent =
            agent(
                ScriptedAgent.inStep((command, request) ->
                    "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"disabled\"}}\n"));
        GuestAgentClient client = connect()) {
      client.synchronise();

      assertThatThrownBy(client::shutdown)
          .isInstanceOf(GuestAgentException.Refused.class)
          .hasMessage("guest-shutdown: disabled");
      assertThat(agent.commands()).hasSize(2);
    }
  }

  @Test
  void theTimeIsThatOfTheMachineOrElseIsTold() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    try (ScriptedAgent agent =
            agent(
                ScriptedAgent.inStep((command, request) ->
                    asked.getAndIncrement() == 0
                        ? "{\"return\": {}}\n"
                        : "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no hwclock\"}}\n"));
        GuestAgentClient client = connect()) {
      client.synchronise();
      client.setTime(() -> Instant.ofEpochSecond(5));
      assertThat(agent.commands()).endsWith("guest-set-time");

      client.setTime(() -> Instant.ofEpochSecond(5));
      assertThat(agent.commands()).endsWith("guest-set-time{\"time\":5000000000}");
    }
  }

  @Test
  void aCommandIsRunAndItsEndIsTold() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    ScriptedAgent.Script script =
        ScriptedAgent.inStep((command, request) ->
            command.equals("guest-exec")
                ? "{\"return\": {\"pid\": 4711}}\n"
                : asked.getAndIncrement() == 0
                    ? "{\"return\": {\"exited\": false}}\n"
                    : "{\"return\": {\"exited\": true, \"exitcode\": 3}}\n");
    try (ScriptedAgent agent = agent(script);
        GuestAgentClient client = connect()) {
      client.synchronise();
      long process = client.exec(List.of("test", "-e", "/run/größe"), SOON);

      assertThat(client.exitCode(process, SOON)).isEmpty();
      assertThat(client.exitCode(process, SOON)).hasValue(3);
      assertThat(agent.commands())
          .contains(
              "guest-exec{\"path\":\"test\",\"arg\":[\"-e\",\"/run/größe\"],\"capture-output\":false}")
          .endsWith("guest-exec-status{\"pid\":4711}");
    }
  }

  @Test
  void whatIsAllowedLessTimeIsSilentSooner() throws Exception {
    try (ScriptedAgent agent = agent(ScriptedAgent.inStep((command, request) -> ""));
        GuestAgentClient client = connect()) {
      client.synchronise();

      assertThatThrownBy(() -> client.ping(SHORT))
          .isInstanceOf(GuestAgentException.Silent.class)
          .hasMessageContaining("within 300 ms");
      assertThat(agent.commands()).endsWith("guest-ping");
    }
  }

  @Test
  void anotherThreadEndsItsWait() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    try (ScriptedAgent agent =
            agent((command, request) -> {
              asked.countDown();
              return "";
            });
        GuestAgentClient client = connect()) {
      var _ =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  asked.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
                client.hangUp();
              });

      assertThatThrownBy(client::synchronise).isInstanceOf(GuestAgentException.Closed.class);
      assertThat(agent.commands()).hasSize(1);
    }
  }
}
