package dev.moult.broker.descriptor;

import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.wire.SlotFacts;
import java.util.ArrayList;
import java.util.List;

/**
 * The descriptors of one plan, open until it was sent: a copy kept any longer would keep a dead
 * QEMU's locks.
 */
public final class Gathered implements AutoCloseable {
  private final List<Fd> descriptors = new ArrayList<>();
  private final List<SlotFacts> facts = new ArrayList<>();

  /** Adopts the descriptor for the next Receive, whose slot this is. */
  void add(int slot, Fd fd) throws LinuxException {
    descriptors.add(fd);
    facts.add(SlotFacts.of(slot, fd));
  }

  /** In the order of the plan's Receive operations, borrowed. */
  public List<Fd> descriptors() {
    return descriptors;
  }

  /** What they are. */
  public List<SlotFacts> facts() {
    return facts;
  }

  @Override
  public void close() {
    Fd.closeAll(descriptors);
  }
}
