package dev.moult.e2e;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/** The kubectl plugin from its archive, for one namespace. */
record Plugin(String namespace) {
  private static final String JAVA_HOME = System.getProperty("java.home");

  /**
   * How it ended.
   *
   * @param code its exit code
   * @param output what it printed, errors among it
   */
  record Run(int code, String output) {}

  /** Runs a verb to its end, without an input. */
  Run run(String... arguments) throws IOException, InterruptedException {
    var process = start(arguments);
    process.getOutputStream().close();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), output);
  }

  /** Starts a verb. */
  Process start(String... arguments) throws IOException {
    var command = new ArrayList<>(List.of(path()));
    command.addAll(List.of(arguments));
    command.addAll(List.of("-n", namespace));
    return start(command);
  }

  /** Starts a command with the Java that the plugin needs. */
  static Process start(List<String> command) throws IOException {
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", JAVA_HOME);
    return builder.start();
  }

  /** Where it is. */
  static String path() throws IOException {
    try (var found =
        Files.find(
            Installed.checkout().resolve("cli/target"),
            4,
            (path, is) -> path.endsWith("kubectl-moult/kubectl-moult") && is.isRegularFile())) {
      return found
          .findFirst()
          .orElseThrow(() -> new AssertionError("no plugin in cli/target: build it first"))
          .toString();
    }
  }
}
