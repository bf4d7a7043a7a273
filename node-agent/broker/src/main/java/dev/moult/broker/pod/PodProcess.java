package dev.moult.broker.pod;

import dev.moult.linux.process.PidFd;
import dev.moult.wire.PodStatus.Stage;
import dev.moult.wire.Request.Expect;
import dev.moult.wire.SlotFacts;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A pod's proved process as it was when asked for, with a pidfd of its own that the holder closes.
 *
 * @param expect the pod
 * @param stage how far it was
 * @param process its first process
 * @param facts what its slots hold, once launched
 */
public record PodProcess(Expect expect, Stage stage, PidFd process, List<SlotFacts> facts)
    implements AutoCloseable {
  /** Copies the list. */
  public PodProcess {
    facts = List.copyOf(facts);
  }

  /** What was recorded of a slot; null when nothing was. */
  public @Nullable SlotFacts fact(int slot) {
    for (SlotFacts fact : facts) {
      if (fact.slot() == slot) {
        return fact;
      }
    }
    return null;
  }

  @Override
  public void close() {
    process.close();
  }
}
