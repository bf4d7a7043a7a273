package dev.moult.agent.node;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What the agent is told by its environment; {@code application.properties} names the variables.
 */
@ConfigMapping(prefix = "moult")
public interface Settings {
  /** The node it runs on ({@code NODE_NAME}). */
  String nodeName();

  /** The host's tmpfs directory with journal and lock ({@code MOULT_RUN}). */
  @WithDefault("/run/moult")
  Path run();

  /** The broker's socket ({@code MOULT_BROKER_SOCKET}). */
  @WithDefault("/run/moult-broker/broker.sock")
  Path brokerSocket();

  /** What guests with acceleration Auto get ({@code MOULT_ACCELERATION}): Auto, KVM or TCG. */
  @WithDefault("Auto")
  String acceleration();

  /**
   * Where the ConfigMap with further pairs of versions to refuse is mounted ({@code
   * MOULT_KNOWN_PAIRS}); it need not exist.
   */
  @WithDefault("/etc/moult/known-pairs")
  Path knownPairs();

  /** How long a handoff under way may take to end when the agent is asked to end. */
  @WithDefault("20s")
  Duration endOfHandoffs();
}
