package dev.moult.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CommandLineTest {
  private static final String CONFIG =
      """
      apiVersion: v1
      kind: Config
      current-context: one
      users: [{name: u, user: {token: t}}]
      clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]
      contexts: [{name: one, context: {cluster: c, user: u}}]
      """;

  @Test
  void eachVerbHasItsHelp() {
    for (var verb : Verb.all()) {
      var run = Run.of(verb.name(), "--help");

      assertThat(run.code()).as(verb.name()).isZero();
      assertThat(run.out()).contains("Usage: kubectl moult " + verb.name(), "--namespace");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"start", "stop", "restart", "pause", "resume", "reset"})
  void whatChangesTheSpecSaysSoToWhoKeepsItInGit(String verb) {
    assertThat(Run.of(verb, "--help").out()).contains("git");
  }

  @Test
  void theHelpOfTopNamesWhatItSortsByAndItsDefaults() {
    assertThat(Run.of("top", "--help").out().replaceAll("\\s+", " "))
        .contains("cpu, memory, disk, network", "Default: 2s", "Default: moult-system");
  }

  @Test
  void theVersionIsThatOfTheBuild() {
    assertThat(Run.of("--version").out()).matches("kubectl-moult [0-9]+\\.[0-9]+.*\\R");
  }

  @Test
  void theCompletionKnowsTheVerbs() {
    assertThat(Run.of("completion", "bash").out())
        .contains("complete ", "preflight", "history", "--sort-by");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "start",
        "fly web",
        "update web --timeout soon",
        "console web --escape ]",
        "vnc web --port 70000",
        "top web -A",
        "top --interval 0s",
        "top --sort-by age"
      })
  void whatIsNotUnderstoodEndsWithTwo(String line) {
    assertThat(Run.of(line.split(" ")).code()).isEqualTo(2);
  }

  @Test
  void aContextThatIsNotThereIsNamedWithThoseThatAre(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("config");
    Files.writeString(file, CONFIG);

    var run = Run.of("history", "--kubeconfig", file.toString(), "--context", "two");

    assertThat(run.code()).isOne();
    assertThat(run.err()).contains("context \"two\" is not in the kubeconfig; it has: one");
  }

  @Test
  void aServerThatIsAwayIsToldAtOnce(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("config");
    Files.writeString(file, CONFIG);

    var run = Run.of("history", "--kubeconfig", file.toString());

    assertThat(run.code()).isOne();
    assertThat(run.err()).contains("error: the API server cannot be reached");
  }

  @Test
  void aKubeconfigThatIsNotThereIsNamed() {
    var run = Run.of("history", "--kubeconfig", "/nowhere/config");

    assertThat(run.code()).isOne();
    assertThat(run.err()).contains("/nowhere/config cannot be read");
  }

  @Test
  void aKubeconfigThatIsNotYamlIsSaidToBeNone(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("config");
    Files.writeString(file, "clusters: [{name: one, cluster: {server");

    var run = Run.of("history", "--kubeconfig", file.toString());

    assertThat(run.code()).isOne();
    assertThat(run.err())
        .startsWith("error: the kubeconfig is not YAML: ")
        .contains("in line 1")
        .doesNotContain("server");
  }
}
