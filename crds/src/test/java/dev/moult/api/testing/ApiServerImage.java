package dev.moult.api.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Future;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.images.builder.ImageFromDockerfile;
import org.testcontainers.utility.LazyFuture;

/**
 * The image with etcd and kube-apiserver, made from the development cluster's static binaries: no
 * registry is asked. Built once per set of binaries, whose directory is named by their hash.
 */
final class ApiServerImage {
  private ApiServerImage() {}

  /** The image's name; building it, if needed, is part of getting it. */
  static Future<String> name() {
    return new LazyFuture<>() {
      @Override
      protected String resolve() {
        return resolveName();
      }
    };
  }

  private static String resolveName() {
    Path binaries = binaries();
    String name = "moult.local/test-apiserver:" + binaries.getFileName();
    if (!known(name)) {
      new ImageFromDockerfile(name, false)
          .withFileFromPath("etcd", binaries.resolve("etcd"))
          .withFileFromPath("kube-apiserver", binaries.resolve("kube-apiserver"))
          .withDockerfileFromBuilder(file ->
              file.from("scratch")
                  .copy("etcd", "/etcd")
                  .copy("kube-apiserver", "/kube-apiserver")
                  .build())
          .get();
    }
    return name;
  }

  private static boolean known(String name) {
    return DockerClientFactory.lazyClient()
        .listImagesCmd()
        .withReferenceFilter(name)
        .exec()
        .stream()
        .findAny()
        .isPresent();
  }

  /** Where the development cluster keeps its programs; compiled now if they never were. */
  private static Path binaries() {
    try {
      Process script =
          new ProcessBuilder(root().resolve("dev/cluster/cluster").toString(), "binaries")
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      String output =
          new String(script.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (script.waitFor() != 0) {
        throw new IllegalStateException("dev/cluster/cluster binaries failed: its words are above");
      }
      return Path.of(output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static Path root() {
    for (Path path = Path.of("").toAbsolutePath(); path != null; path = path.getParent()) {
      if (Files.isExecutable(path.resolve("dev/cluster/cluster"))) {
        return path;
      }
    }
    throw new IllegalStateException("not inside a checkout: dev/cluster/cluster is not found");
  }
}
