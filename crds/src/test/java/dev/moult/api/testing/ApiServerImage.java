package dev.moult.api.testing;

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
    Path binaries = Checkout.binaries();
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
}
