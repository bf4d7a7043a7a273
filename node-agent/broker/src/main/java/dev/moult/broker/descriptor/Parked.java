package dev.moult.broker.descriptor;

import dev.moult.broker.Refusal;
import dev.moult.broker.pod.PodProcess;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.wire.RefusalReason;
import dev.moult.wire.SlotFacts;
import java.util.ArrayList;
import java.util.List;

/** Takes descriptors out of a pod's process by pidfd. */
public final class Parked {
  private Parked() {}

  /**
   * A copy of what a process has at a slot, checked; owned by the caller.
   *
   * @throws Refusal DESCRIPTOR_REFUSED when it is not what was recorded; GONE when the process is
   */
  public static Fd take(PodProcess holder, int slot) throws Refusal {
    SlotFacts recorded = holder.fact(slot);
    if (recorded == null) {
      throw new Refusal(
          RefusalReason.DESCRIPTOR_REFUSED,
          "pod " + holder.expect().podUid() + " was not launched with a slot " + slot);
    }
    Fd fd;
    try {
      fd = holder.process().getFd(slot);
    } catch (LinuxException e) {
      throw new Refusal(
          e.isNoProcess() ? RefusalReason.GONE : RefusalReason.DESCRIPTOR_REFUSED,
          "slot " + slot + " of pod " + holder.expect().podUid() + " cannot be taken",
          e);
    }
    try {
      DescriptorCheck.check(fd, recorded);
      return fd;
    } catch (Refusal | RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  /** What a process has at its recorded slots now; a closed slot is left out. */
  public static List<SlotFacts> look(PodProcess holder) {
    var now = new ArrayList<SlotFacts>();
    for (SlotFacts recorded : holder.facts()) {
      try (Fd fd = holder.process().getFd(recorded.slot())) {
        now.add(SlotFacts.of(recorded.slot(), fd));
      } catch (LinuxException e) {
        // Closed, or the process is dead: either way nothing lies there.
      }
    }
    return now;
  }
}
