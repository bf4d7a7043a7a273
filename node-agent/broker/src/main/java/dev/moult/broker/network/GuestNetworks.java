package dev.moult.broker.network;

import dev.moult.broker.Refusal;
import dev.moult.broker.descriptor.Parked;
import dev.moult.broker.log.Log;
import dev.moult.broker.pod.PodProcess;
import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.net.Tap;
import dev.moult.wire.Answer.BridgeMade;
import dev.moult.wire.Answer.NetworkMade;
import dev.moult.wire.PodStatus.Stage;
import dev.moult.wire.RefusalReason;
import dev.moult.wire.Request.BridgeLink;
import dev.moult.wire.Request.MakeBridge;
import dev.moult.wire.Request.MakeNetwork;
import dev.moult.wire.SlotFacts;
import dev.moult.wire.Slots;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/** Makes guests' networks and keeps each new tap's queues until its anchor has parked them. */
public final class GuestNetworks implements AutoCloseable {
  private static final Path FORWARDING = Path.of("/proc/sys/net/ipv4/ip_forward");
  private static final Path LINKS = Path.of("/proc/sys/net/ipv4/conf");

  /** Only until the plan was sent: the queues of each new tap. */
  private final Map<Key, List<Tap>> fresh = new ConcurrentHashMap<>();

  private final RouterSockets routers;

  /** An anchor's pod uid, and the name of one of its guest's taps. */
  private record Key(String anchorPodUid, String tap) {
    static Key of(PodProcess anchor, Joint joint) {
      return new Key(anchor.expect().podUid(), joint.tap());
    }
  }

  /** None yet. */
  public GuestNetworks() throws LinuxException {
    routers = new RouterSockets();
  }

  /** Makes the network in the anchor's namespace, or brings what is there to what is asked. */
  public NetworkMade make(MakeNetwork request, PodProcess anchor) throws Refusal {
    NetworkMade made = PodNamespace.call(anchor, () -> makeHere(request, anchor));
    serveRouter(anchor);
    return made;
  }

  private NetworkMade makeHere(MakeNetwork request, PodProcess anchor) throws Refusal, IOException {
    if (new GuestBridge(Joint.POD).isThere()) {
      throw new Refusal(
          RefusalReason.BAD_REQUEST,
          "the guest has this pod's own address: only a new pod can have another network");
    }
    PodLink link = PodLink.look();
    NetworkPlan plan;
    try {
      plan = NetworkPlan.of(request, link);
    } catch (IllegalArgumentException e) {
      throw new Refusal(RefusalReason.BAD_REQUEST, String.valueOf(e.getMessage()));
    }
    attach(anchor, Joint.POD, request.vnetHdr(), request.queues());
    write(FORWARDING, "1");
    if (plan.ipv6() == null) {
      GuestIpv6.forbid();
    } else {
      GuestIpv6.prepareTap();
    }
    Commands.run(List.of("ip", "-batch", "-"), String.join("\n", plan.ipCommands()) + "\n");
    Commands.run(List.of("nft", "-f", "-"), plan.nftRules());
    if (plan.ipv6() != null) {
      GuestIpv6.forward();
    }
    return new NetworkMade(link.mtu(), link.anyAddress());
  }

  /**
   * Serves the router of an anchor's guest again, if it has one, after a broker or an anchor that
   * died. A router that cannot be served is no reason to keep anything else from going on.
   */
  public void resumeRouter(PodProcess anchor) {
    try {
      serveRouter(anchor);
    } catch (Refusal e) {
      String why = String.valueOf(e.getMessage());
      Log.warn("router not served", "pod", anchor.expect().podUid(), "why", why);
    }
  }

  private void serveRouter(PodProcess anchor) throws Refusal {
    if (PodNamespace.call(anchor, GuestIpv6::isThere)) {
      try {
        routers.serve(anchor);
      } catch (LinuxException e) {
        throw new Refusal(RefusalReason.NETWORK_FAILED, "the guest's router cannot be served", e);
      }
    }
  }

  /** Nothing is served for an anchor any more. */
  public void end(String anchorPodUid) {
    release(anchorPodUid);
    routers.end(anchorPodUid);
  }

  /** Gives the guest the pod's own address, or brings what is there to what is asked. */
  public BridgeMade bridge(MakeBridge request, PodProcess anchor) throws Refusal {
    return bridge(Joint.POD, anchor, request.vnetHdr(), request.ports(), request.queues());
  }

  /** Gives the guest what a further link of the pod has. */
  public BridgeMade bridge(BridgeLink request, PodProcess anchor) throws Refusal {
    return bridge(Joint.of(request.link()), anchor, request.vnetHdr(), List.of(), 1);
  }

  private BridgeMade bridge(
      Joint joint, PodProcess anchor, boolean vnetHdr, List<String> ports, int queues)
      throws Refusal {
    return PodNamespace.call(
        anchor,
        () -> {
          GuestBridge bridge = new GuestBridge(joint);
          BridgedLink link = bridge.remember();
          BridgePlan plan;
          try {
            plan = new BridgePlan(joint, link, bridge.mtu(), ports);
          } catch (IllegalArgumentException e) {
            throw new Refusal(RefusalReason.BAD_REQUEST, String.valueOf(e.getMessage()));
          }
          attach(anchor, joint, vnetHdr, queues);
          bridge.join(plan);
          return new BridgeMade(
              plan.mtu(),
              Objects.requireNonNullElse(link.address(), ""),
              link.prefix(),
              link.mac(),
              link.gateway(),
              link.routes());
        });
  }

  /** Makes the tap, unless somebody has it: the anchor, or a QEMU whose anchor died. */
  private void attach(PodProcess anchor, Joint joint, boolean vnetHdr, int queues)
      throws LinuxException, Refusal {
    Key key = Key.of(anchor, joint);
    if (fresh.containsKey(key)) {
      return;
    }
    // One that may have several queues is never busy: who asks again would get one more of them.
    boolean isThere = queues > 1 && Files.exists(LINKS.resolve(joint.tap()));
    List<Tap> made = isThere ? List.of() : made(joint.tap(), vnetHdr, queues);
    if (!made.isEmpty()) {
      fresh.put(key, made);
    } else if (anchor.stage() == Stage.LAUNCHED) {
      for (int queue = 0; queue < queues; queue++) {
        parked(anchor, joint, queue).close(); // checked: it is this anchor's
      }
    }
  }

  /** All queues of a new tap; none when another open file is attached to it. */
  private static List<Tap> made(String name, boolean vnetHdr, int queues) throws LinuxException {
    var made = new ArrayList<Tap>();
    try {
      for (int queue = 0; queue < queues; queue++) {
        made.add(queues == 1 ? Tap.attach(name, vnetHdr) : Tap.attachQueue(name, vnetHdr));
      }
      return made;
    } catch (LinuxException e) {
      made.forEach(Tap::close);
      if (!e.is(Errno.EBUSY)) {
        throw e;
      }
      return List.of();
    }
  }

  /**
   * A descriptor of the guest's tap for the pod network, owned by the caller: the new one, or what
   * the anchor has parked.
   *
   * @param queue from 0
   */
  public Fd tapOf(PodProcess anchor, int queue) throws Refusal, LinuxException {
    return tapOf(anchor, Joint.POD, queue);
  }

  /** The same of the tap for a further link, which has one queue. */
  public Fd tapOf(PodProcess anchor, String link) throws Refusal, LinuxException {
    return tapOf(anchor, Joint.of(link), 0);
  }

  private Fd tapOf(PodProcess anchor, Joint joint, int queue) throws Refusal, LinuxException {
    List<Tap> made = fresh.get(Key.of(anchor, joint));
    if (queue >= (made == null ? Slots.MOST_QUEUES : made.size())) {
      throw new Refusal(RefusalReason.BAD_REQUEST, "the tap has no queue " + queue);
    }
    if (made != null) {
      return made.get(queue).fd().dup();
    }
    if (anchor.stage() != Stage.LAUNCHED) {
      throw new Refusal(
          RefusalReason.BAD_REQUEST,
          "no network was made for the link " + joint.link() + " of this anchor");
    }
    return parked(anchor, joint, queue);
  }

  /** Which card a tap is of is the agent's choice; its name is ours. */
  private static Fd parked(PodProcess anchor, Joint joint, int queue)
      throws Refusal, LinuxException {
    for (SlotFacts fact : anchor.facts()) {
      int slot = fact.slot();
      if (queue == 0 ? Slots.isFirstQueue(slot) : slot == Slots.tapQueue(queue)) {
        Fd fd = Parked.take(anchor, slot);
        if (TapQueues.name(fd).equals(joint.tap())) {
          return fd;
        }
        fd.close();
      }
    }
    throw new Refusal(
        RefusalReason.DESCRIPTOR_REFUSED,
        "pod "
            + anchor.expect().podUid()
            + " was not launched with queue "
            + queue
            + " of a tap for "
            + joint.link());
  }

  /** Closes the broker's copies of an anchor's taps: they were sent, or the anchor is gone. */
  public void release(String anchorPodUid) {
    for (Key key : List.copyOf(fresh.keySet())) {
      if (key.anchorPodUid().equals(anchorPodUid)) {
        List<Tap> made = fresh.remove(key);
        if (made != null) {
          made.forEach(Tap::close);
        }
      }
    }
  }

  private static void write(Path file, String value) throws IOException {
    Files.writeString(file, value);
  }

  @Override
  public void close() {
    for (Key key : List.copyOf(fresh.keySet())) {
      release(key.anchorPodUid());
    }
    routers.close();
  }
}
