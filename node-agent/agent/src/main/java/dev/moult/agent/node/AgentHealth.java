package dev.moult.agent.node;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;
import org.eclipse.microprofile.health.Startup;

/**
 * What the kubelet's probes ask. An agent whose threads hang is to be killed: its successor acts.
 */
@ApplicationScoped
public class AgentHealth {

  /** Whether it holds the node's lock. */
  @Produces
  @Startup
  HealthCheck started(Agent agent) {
    return () -> HealthCheckResponse.named("lock").status(agent.isStarted()).build();
  }

  /** Whether no VM's thread hangs. */
  @Produces
  @Liveness
  HealthCheck alive(Agent agent) {
    return () -> HealthCheckResponse.named("threads").status(agent.isAlive()).build();
  }

  /** Whether broker and API server are there and the path of a handoff is warm. */
  @Produces
  @Readiness
  HealthCheck ready(Agent agent) {
    return () -> HealthCheckResponse.named("work").status(agent.isReady()).build();
  }
}
