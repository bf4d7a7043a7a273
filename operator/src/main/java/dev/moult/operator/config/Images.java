package dev.moult.operator.config;

import dev.moult.operator.pod.PodImages;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** The images of the settings, as pods take them. */
public final class Images {
  private Images() {}

  /** Images of the installation. */
  @Produces
  @Singleton
  static PodImages images(Settings settings) {
    return new PodImages(
        settings.launcher().image(), settings.vmm().image(), settings.imagePullPolicy());
  }
}
