package dev.moult.operator.config;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/**
 * What an installation sets, as {@code moult.*} in application.properties or {@code MOULT_*} in the
 * environment.
 */
@ConfigMapping(prefix = "moult")
public interface Settings {

  /** VMM of virtual machines that name none. */
  Vmm vmm();

  /** The launcher, in anchors and as an image volume of VMM pods. */
  Launcher launcher();

  /** Pull policy of every image in the pods: IfNotPresent, Always or Never. */
  @WithDefault("IfNotPresent")
  String imagePullPolicy();

  /** Unix uids that virtual machines are given, both ends included: {@code 100000-165535}. */
  @WithDefault("100000-165535")
  String uidRange();

  /** Whether replicas agree by a lease on which of them works; needless with one. */
  @WithDefault("false")
  boolean leaderElection();

  /** The operator's own namespace, where the lease is: POD_NAMESPACE. */
  @WithDefault("${pod.namespace:moult-system}")
  String podNamespace();

  /** Brakes of the live updates that the operator makes by itself. */
  Updates updates();

  /** How the operator treats the API server. */
  Writes writes();

  /** VMM of virtual machines that name none. */
  interface Vmm {
    /** An image with a qemu-system-x86_64 in it. */
    String image();
  }

  /** The launcher. */
  interface Launcher {
    /** Moult's launcher image. */
    String image();
  }

  /** Brakes of the live updates that the operator makes by itself. */
  interface Updates {
    /** At most so many at once in the cluster. */
    @WithDefault("25")
    int perCluster();

    /** At most so many at once on one node. */
    @WithDefault("1")
    int perNode();

    /** How long a finished one is kept. */
    @WithDefault("72h")
    Duration ttlAfterFinished();
  }

  /** How the operator treats the API server. */
  interface Writes {
    /** At most so many changing calls in flight: the client has no rate limit of its own. */
    @WithDefault("16")
    int maxInFlight();
  }
}
