package dev.moult.broker;

import java.nio.file.Path;
import java.util.Map;

/**
 * Where things are, from the environment.
 *
 * @param pods the kubelet's directory of pods, {@code MOULT_KUBELET_DIR/pods}
 * @param run Moult's directory on the host's tmpfs, {@code MOULT_RUN}
 * @param socket where the agent connects, {@code MOULT_BROKER_SOCKET}
 * @param agentUid the agent's unix uid, {@code MOULT_AGENT_UID}
 */
public record Settings(Path pods, Path run, Path socket, int agentUid) {
  /** Reads the environment. */
  public static Settings of(Map<String, String> environment) {
    Path run = Path.of(environment.getOrDefault("MOULT_RUN", "/run/moult"));
    Path kubelet = Path.of(environment.getOrDefault("MOULT_KUBELET_DIR", "/var/lib/kubelet"));
    String socket = environment.get("MOULT_BROKER_SOCKET");
    String uid = environment.get("MOULT_AGENT_UID");
    if (uid == null) {
      throw new IllegalArgumentException("MOULT_AGENT_UID must name the agent's unix uid");
    }
    return new Settings(
        kubelet.resolve("pods"),
        run,
        socket == null ? run.resolve("broker.sock") : Path.of(socket),
        Integer.parseInt(uid));
  }

  /** Where the broker keeps its records. */
  public Path records() {
    return run.resolve("broker");
  }
}
