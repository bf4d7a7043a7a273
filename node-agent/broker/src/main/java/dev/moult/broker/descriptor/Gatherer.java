package dev.moult.broker.descriptor;

import dev.moult.broker.Refusal;
import dev.moult.broker.meeting.MeetingPlace;
import dev.moult.broker.network.GuestNetworks;
import dev.moult.broker.pod.PodProcess;
import dev.moult.broker.pod.Pods;
import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import dev.moult.wire.Operation;
import dev.moult.wire.PodStatus.Stage;
import dev.moult.wire.RefusalReason;
import dev.moult.wire.Request.SendPlan;
import dev.moult.wire.SlotFacts;
import dev.moult.wire.Slots;
import dev.moult.wire.Source;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Fetches each descriptor of a plan from where its source says. */
public final class Gatherer {
  private static final Path KVM = Path.of("/dev/kvm");

  private final Pods pods;
  private final GuestNetworks networks;

  /** Takes descriptors from these pods and networks. */
  public Gatherer(Pods pods, GuestNetworks networks) {
    this.pods = pods;
    this.networks = networks;
  }

  /**
   * Gathers all; owned by the caller.
   *
   * @param anchor the VM's anchor: the plan's own pod, if that is the anchor
   * @param attached what came with the request, borrowed
   */
  public Gathered gather(SendPlan request, PodProcess anchor, List<Fd> attached) throws Refusal {
    List<Integer> slots = slots(request);
    var gathered = new Gathered();
    try {
      for (int i = 0; i < slots.size(); i++) {
        gathered.add(slots.get(i), fetch(request.sources().get(i), anchor, attached));
      }
      return gathered;
    } catch (LinuxException e) {
      gathered.close();
      throw new Refusal(RefusalReason.FAILED, "a descriptor cannot be had", e);
    } catch (Refusal | RuntimeException e) {
      gathered.close();
      throw e;
    }
  }

  private static List<Integer> slots(SendPlan request) throws Refusal {
    var slots = new ArrayList<Integer>();
    for (Operation operation : request.plan().operations()) {
      if (operation instanceof Operation.Receive receive) {
        slots.add(receive.slot());
      } else if (operation instanceof Operation.Unknown unknown) {
        // Passed on, it would lack what this broker does not know of it.
        throw newer("operation", unknown.name());
      }
    }
    if (slots.size() != request.sources().size()) {
      throw new Refusal(
          RefusalReason.BAD_REQUEST,
          "the plan receives "
              + slots.size()
              + " descriptors from "
              + request.sources().size()
              + " sources");
    }
    return slots;
  }

  private Fd fetch(Source source, PodProcess anchor, List<Fd> attached)
      throws Refusal, LinuxException {
    return switch (source) {
      case Source.Parked parked -> Parked.take(anchor, parked.slot());
      case Source.Held held -> held(held, anchor);
      case Source.Attached at -> {
        if (at.index() >= attached.size()) {
          throw new Refusal(
              RefusalReason.BAD_REQUEST, "no descriptor " + at.index() + " came with the request");
        }
        yield attached.get(at.index()).dup();
      }
      case Source.Reopen reopen -> reopen(reopen, anchor);
      case Source.Unknown unknown -> throw newer("source", unknown.name());
      case Source.Kvm kvm -> openKvm();
      case Source.Tap tap -> networks.tapOf(anchor, 0);
      case Source.TapQueue further -> networks.tapOf(anchor, further.queue());
      case Source.LinkTap further -> networks.tapOf(anchor, further.link());
      case Source.Meeting meeting ->
          anchor.stage() == Stage.LAUNCHED
              ? Parked.take(anchor, Slots.MEET)
              : MeetingPlace.create(anchor.expect().uid());
    };
  }

  private static Refusal newer(String what, String name) {
    return new Refusal(
        RefusalReason.BAD_REQUEST,
        "this broker does not know the " + what + " " + name + ", the agent is newer");
  }

  private Fd held(Source.Held held, PodProcess anchor) throws Refusal {
    try (PodProcess holder = pods.process(held.podUid())) {
      if (!holder.expect().vmUid().equals(anchor.expect().vmUid())) {
        throw new Refusal(
            RefusalReason.BAD_REQUEST, "pod " + held.podUid() + " belongs to another VM");
      }
      return Parked.take(holder, held.slot());
    }
  }

  /**
   * The kernel asks our own rights anew, not the anchor's: so what it has no access to is refused
   * here, and a mount that is read-only stays so.
   */
  private static Fd reopen(Source.Reopen reopen, PodProcess anchor) throws Refusal {
    boolean firmware = reopen.slot() == Slots.FIRMWARE || reopen.slot() == Slots.VARIABLES;
    if (!firmware && !Slots.isDisk(reopen.slot())) {
      throw new Refusal(
          RefusalReason.BAD_REQUEST, "what lies at slot " + reopen.slot() + " is not opened anew");
    }
    try (Fd parked = Parked.take(anchor, reopen.slot())) {
      if (reopen.write() && FileControl.accessMode(parked) != FileControl.AccessMode.READ_WRITE) {
        throw new Refusal(
            RefusalReason.DESCRIPTOR_REFUSED, "slot " + reopen.slot() + " is parked to read only");
      }
      var flags = new ArrayList<OpenFlag>();
      flags.add(reopen.write() ? OpenFlag.READ_WRITE : OpenFlag.READ_ONLY);
      if (reopen.direct()) {
        flags.add(OpenFlag.DIRECT);
      }
      Fd own = Open.reopen(parked, flags.toArray(OpenFlag[]::new));
      try {
        if (!SlotFacts.of(reopen.slot(), own).sameFile(SlotFacts.of(reopen.slot(), parked))) {
          throw new Refusal(
              RefusalReason.DESCRIPTOR_REFUSED, "slot " + reopen.slot() + " opens another file");
        }
        return own;
      } catch (LinuxException | Refusal e) {
        own.close();
        throw e;
      }
    } catch (LinuxException e) {
      throw new Refusal(
          RefusalReason.FAILED, "slot " + reopen.slot() + " cannot be opened anew", e);
    }
  }

  private static Fd openKvm() throws Refusal {
    try {
      return Open.path(KVM, OpenFlag.READ_WRITE);
    } catch (LinuxException e) {
      boolean none = e.isNoEntry() || e.is(Errno.ENXIO) || e.is(Errno.ENODEV);
      throw new Refusal(
          none ? RefusalReason.NO_DEVICE : RefusalReason.FAILED, "/dev/kvm cannot be opened", e);
    }
  }
}
