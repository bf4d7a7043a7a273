package dev.moult.operator.update;

import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;

/** Lets a plan be made without anything being done. */
public final class UpdateRehearsal {
  private UpdateRehearsal() {}

  /** Plans, and writes the status as it would be sent. */
  public static String plan(UpdateSeen seen, Instant now) {
    return Serialization.asJson(UpdatePlanner.plan(seen, now).status());
  }
}
