package dev.moult.agent.guest;

import dev.moult.agent.journal.AgentProbes;
import org.jspecify.annotations.Nullable;

/** What is asked of a guest. */
public enum ProbeKind {
  /** Whether it has come up. */
  STARTUP("startupProbe"),

  /** Whether it is alive. */
  LIVENESS("livenessProbe"),

  /** Whether it can serve. */
  READINESS("readinessProbe");

  private final String field;

  ProbeKind(String field) {
    this.field = field;
  }

  /** The spec's field. */
  String field() {
    return field;
  }

  /** The one of this kind; null when it is not asked. */
  public AgentProbes.@Nullable Probe of(AgentProbes probes) {
    return switch (this) {
      case STARTUP -> probes.startup();
      case LIVENESS -> probes.liveness();
      case READINESS -> probes.readiness();
    };
  }
}
