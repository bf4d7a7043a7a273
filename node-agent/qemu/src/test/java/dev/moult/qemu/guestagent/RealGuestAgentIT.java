package dev.moult.qemu.guestagent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moult.linux.Deadline;
import java.io.File;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real agent, of this machine, at a socket; it may tell, and do nothing but what is named. */
class RealGuestAgentIT {
  private static final Duration SOON = Duration.ofSeconds(20);

  /** What this test must never do to its own machine, whatever becomes of it. */
  private static final List<String> NEVER =
      List.of("guest-shutdown", "guest-set-time", "guest-exec", "guest-file-open");

  @TempDir Path directory;

  @Test
  void tellsOfTheMachineItRunsOn() throws Exception {
    Process agent = start(NEVER);
    try (GuestAgentClient client = connect()) {
      client.synchronise();
      client.ping();
      GuestFacts facts = client.look();
      System.out.println(facts);

      assertThat(facts.agentVersion()).matches("\\d+\\.\\d+.*");
      assertThat(facts.hostname()).isEqualTo(InetAddress.getLocalHost().getHostName());
      assertThat(facts.os())
          .extracting(GuestFacts.Os::id, GuestFacts.Os::machine)
          .containsExactly("debian", "x86_64");
      assertThat(facts.interfaces()).isNotEmpty();
      assertThatThrownBy(client::shutdown).isInstanceOf(GuestAgentException.Refused.class);
      assertThatThrownBy(() -> client.exec(List.of("true"), SOON))
          .isInstanceOf(GuestAgentException.Refused.class);

      client.synchronise();
      client.ping();
    } finally {
      end(agent);
    }
  }

  /** As a probe does: commands that do nothing. */
  @Test
  void runsACommandAndTellsItsEndOnce() throws Exception {
    Process agent = start(NEVER.stream().filter(command -> !command.equals("guest-exec")).toList());
    try (GuestAgentClient client = connect()) {
      client.synchronise();

      assertThat(exitCode(client, List.of("true"))).isZero();
      assertThat(exitCode(client, List.of("/bin/sh", "-c", "exit 3"))).isEqualTo(3);
      assertThat(exitCode(client, List.of("/bin/sh", "-c", "kill -9 $$"))).isEqualTo(137);
      assertThatThrownBy(() -> client.exec(List.of("/no/such/program"), SOON))
          .isInstanceOf(GuestAgentException.Refused.class);
      long process = client.exec(List.of("true"), SOON);
      while (client.exitCode(process, SOON).isEmpty()) {
        Thread.onSpinWait();
      }
      assertThatThrownBy(() -> client.exitCode(process, SOON))
          .isInstanceOf(GuestAgentException.Refused.class);
    } finally {
      end(agent);
    }
  }

  private static int exitCode(GuestAgentClient client, List<String> command) throws Exception {
    long process = client.exec(command, SOON);
    Deadline deadline = Deadline.in(SOON);
    OptionalInt code = client.exitCode(process, SOON);
    while (code.isEmpty() && !deadline.isPassed()) {
      code = client.exitCode(process, SOON);
    }
    return code.orElseThrow();
  }

  private Process start(List<String> forbidden) throws Exception {
    return new ProcessBuilder(
            "/usr/sbin/qemu-ga",
            "--method=unix-listen",
            "--path=" + directory.resolve("ga.sock"),
            "--statedir=" + directory,
            "-b",
            String.join(",", forbidden))
        .redirectInput(Redirect.from(new File("/dev/null")))
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve("log").toFile())
        .start();
  }

  private GuestAgentClient connect() throws Exception {
    Path socket = directory.resolve("ga.sock");
    Deadline deadline = Deadline.in(SOON);
    while (!Files.exists(socket) && !deadline.isPassed()) {
      Thread.sleep(10);
    }
    return GuestAgentClient.connect(socket);
  }

  private static void end(Process agent) throws InterruptedException {
    agent.destroyForcibly();
    assertThat(agent.waitFor()).isNotZero();
  }
}
