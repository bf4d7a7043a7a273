package dev.moult.broker.pod;

import dev.moult.linux.process.PidFd;
import dev.moult.wire.ImageFacts;
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
 * @param images what the disks among them are, as its launcher said
 */
public record PodProcess(
    Expect expect, Stage stage, PidFd process, List<SlotFacts> facts, List<ImageFacts> images)
    implements AutoCloseable {
  /** Copies the lists. */
  public PodProcess {
    facts = List.copyOf(facts);
    images = List.copyOf(images);
  }

  /** One whose disks nobody has named. */
  public PodProcess(Expect expect, Stage stage, PidFd process, List<SlotFacts> facts) {
    this(expect, stage, process, facts, List.of());
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
