package dev.moult.operator.cluster;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.RetryInfo;
import io.javaoperatorsdk.operator.processing.event.Event;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.AbstractEventSource;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Looks at an object again: asked for by another controller, so that each kind is watched and
 * cached once in the process, or by a timer. Not by the SDK's own timer ({@code rescheduleAfter}):
 * that is a {@link java.util.Timer}, which reckons by the wall clock and may sleep an hour too long
 * when this is set.
 *
 * @param <P> the kind that is to be looked at
 */
public final class Nudges<P extends HasMetadata> extends AbstractEventSource<Object, P> {

  private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
  private static final Duration LAST_RETRY = Duration.ofMinutes(5);

  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().daemon().name("nudges").factory());

  private final Map<ResourceID, Future<?>> pending = new ConcurrentHashMap<>();

  /** A source without events until one of its methods asks for one. */
  public Nudges() {
    super(Object.class, "nudges");
    timer.setRemoveOnCancelPolicy(true);
  }

  /** Asks for a reconciliation soon. Lost before the controller has started, which lists all. */
  public void nudge(ResourceID id) {
    if (isRunning()) {
      getEventHandler().handleEvent(new Event(id));
    }
  }

  /** Asks for a reconciliation after that time, in place of what was asked before; empty: none. */
  public void nudgeAfter(ResourceID id, Optional<Duration> delay) {
    pending.compute(
        id,
        (same, before) -> {
          if (before != null) {
            before.cancel(false);
          }
          return delay.map(d -> schedule(id, d)).orElse(null);
        });
  }

  /**
   * Makes one pass over an object, and asks for the next in time; after a failure too, as the SDK's
   * own retry would, twice as long each time.
   *
   * @param again when a pass wants the next one; empty: when something happens
   */
  public <T> T pass(
      P object, Context<P> context, Supplier<T> pass, Function<T, Optional<Duration>> again) {
    var next = Optional.of(afterFailure(context));
    try {
      var result = pass.get();
      next = again.apply(result);
      return result;
    } finally {
      nudgeAfter(ResourceID.fromResource(object), next);
    }
  }

  private static Duration afterFailure(Context<?> context) {
    var attempts = context.getRetryInfo().map(RetryInfo::getAttemptCount).orElse(0);
    var delay = FIRST_RETRY.multipliedBy(1L << Math.min(attempts, 10));
    return delay.compareTo(LAST_RETRY) < 0 ? delay : LAST_RETRY;
  }

  private Future<?> schedule(ResourceID id, Duration delay) {
    return timer.schedule(() -> nudge(id), delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public Set<Object> getSecondaryResources(P primary) {
    return Set.of();
  }
}
