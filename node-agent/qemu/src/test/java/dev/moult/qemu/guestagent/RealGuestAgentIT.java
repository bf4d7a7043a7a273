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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real agent, of this machine, at a socket; it may tell, and do nothing. */
class RealGuestAgentIT {
  private static final Duration SOON = Duration.ofSeconds(20);

  /** What this test must never do to its own machine, whatever becomes of it. */
  private static final List<String> NEVER =
      List.of("guest-shutdown", "guest-set-time", "guest-exec", "guest-file-open");

  @TempDir Path directory;

  @Test
  void tellsOfTheMachineItRunsOn() throws Exception {
    Path socket = directory.resolve("ga.sock");
    Process agent =
        new ProcessBuilder(
                "/usr/sbin/qemu-ga",
                "--method=unix-listen",
                "--path=" + socket,
                "--statedir=" + directory,
                "-b",
                String.join(",", NEVER))
            .redirectInput(Redirect.from(new File("/dev/null")))
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    try {
      Deadline deadline = Deadline.in(SOON);
      while (!Files.exists(socket) && !deadline.isPassed()) {
        Thread.sleep(10);
      }
      try (GuestAgentClient client = GuestAgentClient.connect(socket)) {
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

        client.synchronise();
        client.ping();
      }
    } finally {
      agent.destroyForcibly();
      assertThat(agent.waitFor()).isNotZero();
    }
  }
}
