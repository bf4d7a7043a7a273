package dev.moult.agent.run;

import dev.moult.agent.guest.GuestLine;
import dev.moult.agent.guest.GuestView;
import dev.moult.agent.watch.PodView;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.qemu.qmp.QmpEvent;
import dev.moult.wire.Event;
import dev.moult.wire.PodStatus;
import java.util.List;
import java.util.Set;

/** Something that happened to one VM: what its thread is woken by. */
public sealed interface VmSignal {

  /** The VirtualMachine was seen. */
  record Wished(VirtualMachine vm) implements VmSignal {}

  /** The VirtualMachine is not this node's any more, or is gone. */
  record Unwished() implements VmSignal {}

  /** A pod was seen. */
  record PodSeen(PodView pod) implements VmSignal {}

  /** A pod is gone. */
  record PodGone(String podUid) implements VmSignal {}

  /** What exists, after the first complete listing: all others are gone. */
  record Listed(Set<String> podUids, Set<String> updateUids) implements VmSignal {
    /** Copies the sets. */
    public Listed {
      podUids = Set.copyOf(podUids);
      updateUids = Set.copyOf(updateUids);
    }
  }

  /** A LiveUpdate was seen. */
  record UpdateSeen(LiveUpdate update) implements VmSignal {}

  /** A LiveUpdate is gone. */
  record UpdateGone(String updateUid) implements VmSignal {}

  /** The broker said something about one of its pods. */
  record Brokered(Event event) implements VmSignal {}

  /**
   * The broker is there (again).
   *
   * @param pods all that it knows
   * @param listed whether the API server's pods were listed: of what only the broker remembers then
   *     the pod is gone
   */
  record BrokerBack(List<PodStatus> pods, boolean listed) implements VmSignal {
    /** Copies the list. */
    public BrokerBack {
      pods = List.copyOf(pods);
    }
  }

  /** The broker is gone; it will be back. */
  record BrokerGone() implements VmSignal {}

  /** A QEMU said something. */
  record Monitored(String podUid, QmpEvent event) implements VmSignal {}

  /** What a look through the guest agent behind one QEMU has shown. */
  record GuestLooked(GuestLine line, GuestView view) implements VmSignal {}

  /** Somebody waits at the guest's screen. */
  record Knocked() implements VmSignal {}

  /** The result of an update reached the API server, or nobody wants it any more. */
  record ResultTold(String updateUid) implements VmSignal {}

  /** Only to wake: something that is waited for elsewhere is done, or a time has come. */
  record Wake() implements VmSignal {}
}
