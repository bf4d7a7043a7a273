package dev.moult.operator.cluster;

import dev.moult.operator.config.Settings;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/** Bounds the changing calls in flight: the client has no rate limit of its own. */
@ApplicationScoped
public class Writes {
  private final Semaphore permits;

  /** As many at once as the settings say. */
  @Inject
  public Writes(Settings settings) {
    permits = new Semaphore(settings.writes().maxInFlight());
  }

  /** Makes a changing call when its turn has come. */
  public <T> T call(Supplier<T> write) {
    permits.acquireUninterruptibly();
    try {
      return write.get();
    } finally {
      permits.release();
    }
  }
}
