package dev.moult.api.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The working copy that the tests run in, and the programs that it compiles for itself. */
final class Checkout {
  private Checkout() {}

  /** Where it begins. */
  static Path root() {
    for (Path path = Path.of("").toAbsolutePath(); path != null; path = path.getParent()) {
      if (Files.isExecutable(path.resolve("dev/cluster/cluster"))) {
        return path;
      }
    }
    throw new IllegalStateException("not inside a checkout: dev/cluster/cluster is not found");
  }

  /** Where the development cluster keeps its programs; compiled now if they never were. */
  static Path binaries() {
    return Path.of(
        run(List.of(root().resolve("dev/cluster/cluster").toString(), "binaries")).strip());
  }

  /**
   * Runs a program.
   *
   * @return what it printed; its errors go where the test's go
   */
  static String run(List<String> command) {
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException(command + " failed: its words are above");
      }
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
