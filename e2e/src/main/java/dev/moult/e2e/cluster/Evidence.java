package dev.moult.e2e.cluster;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** What {@code dev/cluster/evidence} tells of a failure, while its objects and guests are there. */
public final class Evidence {
  private Evidence() {}

  /**
   * Prints it; what cannot be asked for is left out.
   *
   * @param checkout where the repository is
   * @param of what failed
   * @param out the whole of it is printed at once
   */
  public static void print(Path checkout, String of, PrintStream out) {
    try {
      var process =
          new ProcessBuilder("dev/cluster/evidence")
              .directory(checkout.toFile())
              .redirectErrorStream(true)
              .start();
      process.getOutputStream().close();
      var told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      out.printf("== %s failed; the cluster then:%n%s", of, told);
    } catch (IOException e) {
      out.printf("== %s failed, and no evidence: %s%n", of, e);
    }
  }
}
