package dev.moult.operator.cluster;

import dev.moult.api.v1alpha1.LiveUpdate;
import io.javaoperatorsdk.operator.processing.event.source.informer.TransformingItemStore;

/** The cache of LiveUpdates: {@link Slim#liveUpdate}. */
public class SlimLiveUpdates extends TransformingItemStore<LiveUpdate> {
  /** An empty cache. */
  public SlimLiveUpdates() {
    super(Slim::liveUpdate);
  }
}
