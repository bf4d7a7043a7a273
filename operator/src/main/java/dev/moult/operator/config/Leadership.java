package dev.moult.operator.config;

import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.inject.Produces;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Which of several replicas works: the one that holds the lease. */
public final class Leadership {
  private static final String LEASE = "moult-operator";
  private static final Duration DURATION = Duration.ofSeconds(15);
  private static final Duration RENEW_DEADLINE = Duration.ofSeconds(10);
  private static final Duration RETRY_PERIOD = Duration.ofSeconds(2);

  private Leadership() {}

  /** None unless it is switched on: one replica needs no lease. */
  @Produces
  @Dependent
  static @Nullable LeaderElectionConfiguration configuration(Settings settings) {
    return settings.leaderElection()
        ? new LeaderElectionConfiguration(
            LEASE, settings.podNamespace(), DURATION, RENEW_DEADLINE, RETRY_PERIOD)
        : null;
  }
}
