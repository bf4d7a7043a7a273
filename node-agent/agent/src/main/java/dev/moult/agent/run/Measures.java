package dev.moult.agent.run;

import dev.moult.agent.journal.UpdateRecord.UpdateResult;
import java.time.Duration;

/** What is counted about updates. */
public interface Measures {
  /**
   * An update has ended.
   *
   * @param took from B's dialling to the end
   */
  void updateEnded(UpdateResult result, Duration took);
}
