package dev.moult.broker.network;

import dev.moult.broker.Refusal;
import dev.moult.broker.descriptor.Gathered;
import dev.moult.broker.descriptor.Parked;
import dev.moult.broker.pod.PodProcess;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.net.Tap;
import dev.moult.wire.RefusalReason;
import dev.moult.wire.Slots;
import java.util.ArrayList;
import java.util.List;

/** The queues of a guest's tap: one open file each, all of one interface. */
public final class TapQueues {
  private TapQueues() {}

  /** Those that an anchor has parked, the first one first; owned by the caller. */
  public static List<Fd> parked(PodProcess anchor) throws Refusal {
    var queues = new ArrayList<Fd>();
    try {
      queues.add(Parked.take(anchor, Slots.TAP));
      for (int queue = 1; queue < Slots.MOST_QUEUES; queue++) {
        if (anchor.fact(Slots.tapQueue(queue)) != null) {
          queues.add(Parked.take(anchor, Slots.tapQueue(queue)));
        }
      }
      return queues;
    } catch (Refusal | RuntimeException e) {
      Fd.closeAll(queues);
      throw e;
    }
  }

  /**
   * Attaches all that a plan gives to the first QEMU of a run: it detaches them as it starts, and
   * ends itself if one that never came to run the guest has done so before it.
   */
  public static void attach(Gathered gathered) throws Refusal {
    try {
      for (int i = 0; i < gathered.facts().size(); i++) {
        if (Slots.isFurtherQueue(gathered.facts().get(i).slot())) {
          Tap queue = Tap.adopt(gathered.descriptors().get(i)); // stays borrowed
          if (!queue.isQueueAttached()) {
            queue.setQueueAttached(true);
          }
        }
      }
    } catch (LinuxException e) {
      throw new Refusal(RefusalReason.FAILED, "a queue of the tap cannot be attached", e);
    }
  }
}
