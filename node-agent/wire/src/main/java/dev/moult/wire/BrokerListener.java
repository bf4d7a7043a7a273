package dev.moult.wire;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Hears what the broker says unasked. Called by one thread, in order, so it may ask the broker in
 * turn but delays later events while it works.
 */
public interface BrokerListener {
  /** Something happened to a pod. */
  void event(Event event);

  /**
   * The connection has ended: every request under way has failed, none will succeed. Called once,
   * last.
   *
   * @param cause what ended it; null when the broker hung up or {@link BrokerClient#close} was
   *     called
   */
  void closed(@Nullable IOException cause);
}
