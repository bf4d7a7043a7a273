package dev.moult.operator.config;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import java.time.Clock;

/** The clock of the program; tests of plans bring an instant of their own. */
public final class Clocks {
  private Clocks() {}

  /** UTC. */
  @Produces
  @ApplicationScoped
  static Clock clock() {
    return Clock.systemUTC();
  }
}
