package dev.moult.qemu.testing;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** The scripts of this checkout that give a test its QEMUs and its guest. */
public final class Checkout {

  private Checkout() {}

  /** A file of the checkout. */
  public static Path file(String name) {
    Path directory = Path.of("").toAbsolutePath();
    while (!Files.exists(directory.resolve("mvnw"))) {
      directory = Objects.requireNonNull(directory.getParent(), "not inside the checkout");
    }
    return directory.resolve(name);
  }

  /** The root file system of an image, built if it is not there yet. */
  public static Path imageRoot(String image) throws IOException, InterruptedException {
    Process build =
        new ProcessBuilder(file("images/build").toString(), "--root", image)
            .redirectError(Redirect.INHERIT)
            .start();
    String path = new String(build.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    if (build.waitFor() != 0) {
      throw new IOException("images/build --root " + image + " failed");
    }
    return Path.of(path);
  }
}
