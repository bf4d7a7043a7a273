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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The queues of a guest's taps: one open file each, all of a tap's of one interface. */
public final class TapQueues {
  private TapQueues() {}

  /**
   * Those that an anchor has parked: of each tap, by the slot of its first queue, all queues, the
   * first one first; owned by the caller. An anchor without any is refused.
   */
  public static SortedMap<Integer, List<Fd>> parked(PodProcess anchor) throws Refusal {
    var taps = new TreeMap<Integer, List<Fd>>();
    var byName = new HashMap<String, List<Fd>>();
    try {
      for (int nic = 0; nic < Slots.MOST_NICS; nic++) {
        int slot = Slots.tap(nic);
        if (nic == 0 || anchor.fact(slot) != null) {
          var queues = new ArrayList<Fd>();
          taps.put(slot, queues);
          queues.add(Parked.take(anchor, slot));
          byName.put(name(queues.getFirst()), queues);
        }
      }
      for (int queue = 1; queue < Slots.MOST_QUEUES; queue++) {
        if (anchor.fact(Slots.tapQueue(queue)) != null) {
          addQueue(byName, Parked.take(anchor, Slots.tapQueue(queue)));
        }
      }
      return taps;
    } catch (Refusal | RuntimeException e) {
      taps.values().forEach(Fd::closeAll);
      throw e;
    }
  }

  /** To those of the tap that it is of; adopted. */
  private static void addQueue(Map<String, List<Fd>> byName, Fd queue) throws Refusal {
    try {
      List<Fd> queues = byName.get(name(queue));
      if (queues != null) {
        queues.add(queue);
        return;
      }
    } catch (Refusal | RuntimeException e) {
      queue.close();
      throw e;
    }
    queue.close();
    throw new Refusal(
        RefusalReason.DESCRIPTOR_REFUSED, "a queue was parked of a tap whose first one was not");
  }

  /** The name of the tap that an open file is a queue of. */
  static String name(Fd queue) throws Refusal {
    try {
      return Tap.adopt(queue).attachment().name(); // stays borrowed
    } catch (LinuxException e) {
      throw new Refusal(RefusalReason.DESCRIPTOR_REFUSED, "a tap cannot be looked at", e);
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
