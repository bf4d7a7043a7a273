package dev.moult.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.e2e.cluster.TestNamespace;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** Runs every command of docs/tutorial.md, in its order, in one shell. */
@ExtendWith(Installed.class)
@Isolated
final class TutorialE2E {
  /** The blocks that a reader types; those marked "console" are only for who has no cluster. */
  private static final Pattern BLOCK =
      Pattern.compile("^```sh\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);

  private final TestNamespace namespace;

  TutorialE2E(KubernetesClient client) {
    namespace = TestNamespace.create(client, "tutorial");
    namespace.delete(); // its reader creates it
  }

  @AfterEach
  void remove() {
    if (namespace.client().namespaces().withName(namespace.name()).get() != null) {
      namespace.delete();
    }
  }

  @Test
  void everyCommandDoesWhatTheTextSays(@TempDir Path directory) throws Exception {
    Installed.run("images/load", "debian-disk");
    var commands =
        BLOCK
            .matcher(Files.readString(Installed.checkout().resolve("docs/tutorial.md")))
            .results()
            .map(MatchResult::group)
            .map(block -> block.substring(6, block.length() - 3))
            .collect(Collectors.joining("\n"));
    assertThat(commands.lines().count()).isGreaterThan(40);

    var said = run(directory, "set -euo pipefail\n" + commands);

    assertThat(said).contains("served by Debian").contains("11.1.3");
    assertThat(said.lines().filter(line -> line.contains("liveupdate.moult.dev/")))
        .hasSize(1)
        .allMatch(line -> line.contains("Completed"));
    assertThat(
            said.lines().filter(line -> line.matches("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d")))
        .as("the guest's boot, before and after")
        .hasSize(2)
        .containsOnly(said.lines().filter(l -> l.startsWith("20")).findFirst().orElseThrow());
  }

  private static String run(Path directory, String script)
      throws IOException, InterruptedException {
    var shell =
        new ProcessBuilder("bash", "-c", script)
            .directory(directory.toFile())
            .redirectErrorStream(true);
    var binaries = Installed.run("dev/cluster/cluster", "binaries").strip();
    shell.environment().merge("PATH", ":" + binaries, String::concat);
    var process = shell.start();
    process.getOutputStream().close();
    var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(said).isZero();
    return said;
  }
}
