package dev.moult.agent.node;

import io.fabric8.kubernetes.client.Config;
import io.quarkus.kubernetes.client.KubernetesConfigCustomizer;
import jakarta.inject.Singleton;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How the agent calls the API server. Hundreds of agents lose it at the same moment, so each comes
 * back after a time of its own; and since the agent tries its writes again itself, the client does
 * not, or one object's trouble would hold up all others for minutes.
 */
@Singleton
public class ClientSettings implements KubernetesConfigCustomizer {
  private static final int FIRST_RECONNECT_MILLIS = 1_000;
  private static final int LAST_RECONNECT_MILLIS = 6_000;

  @Override
  public void customize(Config config) {
    config.setWatchReconnectInterval(
        ThreadLocalRandom.current().nextInt(FIRST_RECONNECT_MILLIS, LAST_RECONNECT_MILLIS));
    config.setRequestRetryBackoffLimit(1);
    config.setConnectionTimeout(5_000);
    config.setRequestTimeout(10_000);
    config.setUserAgent("moult-agent");
  }
}
