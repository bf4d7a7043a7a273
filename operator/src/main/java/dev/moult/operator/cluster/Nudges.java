package dev.moult.operator.cluster;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.processing.event.Event;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.AbstractEventSource;
import java.util.Set;

/**
 * Lets one controller ask another to look at an object again, so that each kind is watched and
 * cached once in the process.
 *
 * @param <P> the kind that is to be looked at
 */
public final class Nudges<P extends HasMetadata> extends AbstractEventSource<Object, P> {

  /** A source without events until {@link #nudge}. */
  public Nudges() {
    super(Object.class, "nudges");
  }

  /** Asks for a reconciliation soon. Lost before the controller has started, which lists all. */
  public void nudge(ResourceID id) {
    if (isRunning()) {
      getEventHandler().handleEvent(new Event(id));
    }
  }

  @Override
  public Set<Object> getSecondaryResources(P primary) {
    return Set.of();
  }
}
