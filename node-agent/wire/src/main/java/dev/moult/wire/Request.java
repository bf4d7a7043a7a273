package dev.moult.wire;

import java.util.List;

/**
 * What the agent asks of the broker.
 *
 * @param <A> the answer, if it is not {@link Answer.Refused}
 */
public sealed interface Request<A extends Answer> extends Encodable {
  /** The packet's type byte. */
  int type();

  /** The class of the answer. */
  Class<A> answer();

  /**
   * Bind {@code agent.sock} in a pod's emptyDir as soon as it is mounted; only the pod's own pid 1
   * may dial.
   *
   * @param podUid the pod
   * @param role what it is there for
   * @param vmUid the VM it belongs to
   * @param uid the unix uid that the VM's pods run as
   */
  record Expect(String podUid, Role role, String vmUid, int uid) implements Request<Answer.Done> {
    static final int TYPE = 16;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public Class<Answer.Done> answer() {
      return Answer.Done.class;
    }

    @Override
    public void write(FieldWriter out) {
      out.string(2, podUid).integer(3, role.code()).string(4, vmUid).integer(5, uid);
    }

    static Expect read(Fields in) throws WireException {
      return new Expect(in.uid(2), Role.of(in.integer(3)), in.uid(4), in.natural(5));
    }
  }

  /**
   * Close and remove a pod's socket; drop its pidfd and records.
   *
   * @param podUid the pod
   */
  record Forget(String podUid) implements Request<Answer.Done> {
    static final int TYPE = 17;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public Class<Answer.Done> answer() {
      return Answer.Done.class;
    }

    @Override
    public void write(FieldWriter out) {
      out.string(2, podUid);
    }

    static Forget read(Fields in) throws WireException {
      return new Forget(in.uid(2));
    }
  }

  /**
   * Make tap, addresses, forwarding and nftables rules in an anchor's network namespace, for IPv6
   * too if the pod has it. Repeating it changes nothing.
   *
   * @param anchorPodUid the anchor
   * @param guestAddress the guest's IPv4 address
   * @param gateway the address of the tap's side towards the guest
   * @param prefix length of the prefix both share
   * @param mtu MTU of the tap; 0 for the pod's
   * @param vnetHdr whether the tap carries virtio-net headers
   * @param ports what is forwarded to the guest, such as {@code tcp/80}; empty for everything
   * @param queues of the tap; 1, and left out, unless there are more
   */
  record MakeNetwork(
      String anchorPodUid,
      String guestAddress,
      String gateway,
      int prefix,
      int mtu,
      boolean vnetHdr,
      List<String> ports,
      int queues)
      implements Request<Answer.NetworkMade> {
    static final int TYPE = 18;

    /** Copies the list. */
    public MakeNetwork {
      ports = List.copyOf(ports);
    }

    /** With a tap of one queue. */
    public MakeNetwork(
        String anchorPodUid,
        String guestAddress,
        String gateway,
        int prefix,
        int mtu,
        boolean vnetHdr,
        List<String> ports) {
      this(anchorPodUid, guestAddress, gateway, prefix, mtu, vnetHdr, ports, 1);
    }

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public Class<Answer.NetworkMade> answer() {
      return Answer.NetworkMade.class;
    }

    @Override
    public void write(FieldWriter out) {
      out.string(2, anchorPodUid)
          .string(3, guestAddress)
          .string(4, gateway)
          .integer(5, prefix)
          .integer(6, mtu)
          .flag(7, vnetHdr)
          .strings(8, ports);
      writeQueues(out, 9, queues);
    }

    static MakeNetwork read(Fields in) throws WireException {
      return new MakeNetwork(
          in.uid(2),
          in.string(3),
          in.string(4),
          in.natural(5),
          in.natural(6),
          in.flag(7),
          in.strings(8),
          readQueues(in, 9));
    }
  }

  /**
   * Gather descriptors and send a plan to a pod's waiting launcher. For a VMM pod its links are
   * taken down first.
   *
   * @param podUid the pod that dialled
   * @param anchorPodUid the anchor of the same VM (the pod itself, if it is the anchor)
   * @param plan what the launcher is to do
   * @param sources where each {@link Operation.Receive} of the plan comes from, in order
   */
  record SendPlan(String podUid, String anchorPodUid, Plan plan, List<Source> sources)
      implements Request<Answer.Done> {
    static final int TYPE = 19;

    /** Copies the list. */
    public SendPlan {
      sources = List.copyOf(sources);
    }

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public Class<Answer.Done> answer() {
      return Answer.Done.class;
    }

    @Override
    public void write(FieldWriter out) throws WireException {
      out.string(2, podUid).string(3, anchorPodUid).nested(4, plan).list(5, sources);
    }

    static SendPlan read(Fields in) throws WireException {
      return new SendPlan(in.uid(2), in.uid(3), in.nested(4, Plan::read), in.list(5, Source::read));
    }
  }

  /**
   * What a pod's process has at its slots, as recorded and as seen now.
   *
   * @param podUid the pod
   */
  record Facts(String podUid) implements Request<Answer.SlotsSeen> {
    static final int TYPE = 20;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public Class<Answer.SlotsSeen> answer() {
      return Answer.SlotsSeen.class;
    }

    @Override
    public void write(FieldWriter out) {
      out.string(2, podUid);
    }

    static Facts read(Fields in) throws WireException {
      return new Facts(in.uid(2));
    }
  }

  /**
   * A listening stream socket in a VM's meeting place, mode 0700 of the VM's uid.
   *
   * @param anchorPodUid the VM's anchor
   * @param name file name in the meeting place
   */
  record ListenCpr(String anchorPodUid, String name) implements Request<Answer.Descriptor> {
    static final int TYPE = 21;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public Class<Answer.Descriptor> answer() {
      return Answer.Descriptor.class;
    }

    @Override
    public void write(FieldWriter out) {
      out.string(2, anchorPodUid).string(3, name);
    }

    static ListenCpr read(Fields in) throws WireException {
      return new ListenCpr(in.uid(2), in.string(3));
    }
  }

  /**
   * A connection to a stream socket in a VM's meeting place, waited for until it is there.
   *
   * @param anchorPodUid the VM's anchor
   * @param name file name in the meeting place
   * @param timeoutMillis how long to wait for it
   */
  record ConnectCpr(String anchorPodUid, String name, int timeoutMillis)
      implements Request<Answer.Descriptor> {
    static final int TYPE = 22;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public Class<Answer.Descriptor> answer() {
      return Answer.Descriptor.class;
    }

    @Override
    public void write(FieldWriter out) {
      out.string(2, anchorPodUid).string(3, name).integer(4, timeoutMillis);
    }

    static ConnectCpr read(Fields in) throws WireException {
      return new ConnectCpr(in.uid(2), in.string(3), in.natural(4));
    }
  }

  /**
   * Remove all names from a VM's meeting place.
   *
   * @param anchorPodUid the VM's anchor
   */
  record Sweep(String anchorPodUid) implements Request<Answer.Done> {
    static final int TYPE = 23;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public Class<Answer.Done> answer() {
      return Answer.Done.class;
    }

    @Override
    public void write(FieldWriter out) {
      out.string(2, anchorPodUid);
    }

    static Sweep read(Fields in) throws WireException {
      return new Sweep(in.uid(2));
    }
  }

  /**
   * Hold the tap's header size and its queues while a second QEMU starts, or end that.
   *
   * @param anchorPodUid the VM's anchor
   * @param on begin (what is now is to be held) or end
   * @param keepQueues at the end: the queues stay as they are, as the QEMU that has the guest now
   *     has set them itself. Left out if not
   */
  record WatchTap(String anchorPodUid, boolean on, boolean keepQueues)
      implements Request<Answer.TapWatched> {
    static final int TYPE = 24;

    /** One after which the queues are as they were when it began. */
    public WatchTap(String anchorPodUid, boolean on) {
      this(anchorPodUid, on, false);
    }

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public Class<Answer.TapWatched> answer() {
      return Answer.TapWatched.class;
    }

    @Override
    public void write(FieldWriter out) {
      out.string(2, anchorPodUid).flag(3, on);
      if (keepQueues) {
        out.flag(4, true);
      }
    }

    static WatchTap read(Fields in) throws WireException {
      return new WatchTap(in.uid(2), in.flag(3), in.has(4) && in.flag(4));
    }
  }

  /**
   * Detach all queues of a watched tap but the first, and hold them no longer: the QEMU that loads
   * the guest's state attaches those that the guest uses, and ends if they are attached already.
   *
   * @param anchorPodUid the VM's anchor
   */
  record OfferQueues(String anchorPodUid) implements Request<Answer.Done> {
    static final int TYPE = 32;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public Class<Answer.Done> answer() {
      return Answer.Done.class;
    }

    @Override
    public void write(FieldWriter out) {
      out.string(2, anchorPodUid);
    }

    static OfferQueues read(Fields in) throws WireException {
      return new OfferQueues(in.uid(2));
    }
  }

  /**
   * SIGKILL a pod's pid 1; answered when its death is proved.
   *
   * @param podUid the pod
   */
  record Kill(String podUid) implements Request<Answer.Done> {
    static final int TYPE = 25;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public Class<Answer.Done> answer() {
      return Answer.Done.class;
    }

    @Override
    public void write(FieldWriter out) {
      out.string(2, podUid);
    }

    static Kill read(Fields in) throws WireException {
      return new Kill(in.uid(2));
    }
  }

  /**
   * SIGSTOP a VMM pod's processes; answered when every thread of them is proved stopped. Refused if
   * that cannot be proved soon; then they go on.
   *
   * @param podUid the pod
   */
  record Freeze(String podUid) implements Request<Answer.Done> {
    static final int TYPE = 40;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public Class<Answer.Done> answer() {
      return Answer.Done.class;
    }

    @Override
    public void write(FieldWriter out) {
      out.string(2, podUid);
    }

    static Freeze read(Fields in) throws WireException {
      return new Freeze(in.uid(2));
    }
  }

  /**
   * SIGCONT a VMM pod's processes. What was not stopped does not notice.
   *
   * @param podUid the pod
   */
  record Thaw(String podUid) implements Request<Answer.Done> {
    static final int TYPE = 41;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public Class<Answer.Done> answer() {
      return Answer.Done.class;
    }

    @Override
    public void write(FieldWriter out) {
      out.string(2, podUid);
    }

    static Thaw read(Fields in) throws WireException {
      return new Thaw(in.uid(2));
    }
  }

  /**
   * CRC32C of all of a VM's RAM, as its anchor has it parked. Only reads; answered within {@link
   * Limits#digestMillis}.
   *
   * @param anchorPodUid the VM's anchor
   */
  record Digest(String anchorPodUid) implements Request<Answer.Digested> {
    static final int TYPE = 42;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public Class<Answer.Digested> answer() {
      return Answer.Digested.class;
    }

    @Override
    public void write(FieldWriter out) {
      out.string(2, anchorPodUid);
    }

    static Digest read(Fields in) throws WireException {
      return new Digest(in.uid(2));
    }
  }

  /** What this node can do. */
  record Inventory() implements Request<Answer.Capabilities> {
    static final int TYPE = 26;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public Class<Answer.Capabilities> answer() {
      return Answer.Capabilities.class;
    }

    @Override
    public void write(FieldWriter out) {
      // asks without fields of its own
    }
  }

  /** The pods that the broker knows. */
  record ListPods() implements Request<Answer.Pods> {
    static final int TYPE = 27;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public Class<Answer.Pods> answer() {
      return Answer.Pods.class;
    }

    @Override
    public void write(FieldWriter out) {
      // asks without fields of its own
    }
  }

  /**
   * The terminal that an anchor has parked.
   *
   * @param anchorPodUid the VM's anchor
   */
  record Terminal(String anchorPodUid) implements Request<Answer.Descriptor> {
    static final int TYPE = 29;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public Class<Answer.Descriptor> answer() {
      return Answer.Descriptor.class;
    }

    @Override
    public void write(FieldWriter out) {
      out.string(2, anchorPodUid);
    }

    static Terminal read(Fields in) throws WireException {
      return new Terminal(in.uid(2));
    }
  }

  /**
   * The guest's RAM, parked in its anchor, to read alone: for an autopsy.
   *
   * @param anchorPodUid the VM's anchor
   */
  record ReadRam(String anchorPodUid) implements Request<Answer.Descriptor> {
    static final int TYPE = 36;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public Class<Answer.Descriptor> answer() {
      return Answer.Descriptor.class;
    }

    @Override
    public void write(FieldWriter out) {
      out.string(2, anchorPodUid);
    }

    static ReadRam read(Fields in) throws WireException {
      return new ReadRam(in.uid(2));
    }
  }

  /**
   * What a VM uses, for the metrics: nothing is changed by asking.
   *
   * @param podUid the VMM pod in charge
   * @param anchorPodUid the VM's anchor
   * @param threads the vCPUs' threads, by their ids in that pod
   */
  record Measure(String podUid, String anchorPodUid, List<Integer> threads)
      implements Request<Answer.Measured> {
    static final int TYPE = 28;

    /** Copies the list. */
    public Measure {
      threads = List.copyOf(threads);
    }

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public Class<Answer.Measured> answer() {
      return Answer.Measured.class;
    }

    @Override
    public void write(FieldWriter out) {
      out.string(2, podUid).string(3, anchorPodUid).integers(4, threads);
    }

    static Measure read(Fields in) throws WireException {
      return new Measure(in.uid(2), in.uid(3), in.naturals(4, Limits.THREADS));
    }
  }

  /**
   * A socket that listens at a port of 127.0.0.1 in an anchor's network namespace, and that neither
   * the guest nor a neighbour reaches, whatever the node's own settings are.
   *
   * @param anchorPodUid the VM's anchor
   * @param port from 1024 on
   */
  record ListenScreen(String anchorPodUid, int port) implements Request<Answer.Descriptor> {
    static final int TYPE = 30;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public Class<Answer.Descriptor> answer() {
      return Answer.Descriptor.class;
    }

    @Override
    public void write(FieldWriter out) {
      out.string(2, anchorPodUid).integer(3, port);
    }

    static ListenScreen read(Fields in) throws WireException {
      return new ListenScreen(in.uid(2), in.natural(3));
    }
  }

  /**
   * Make tap and bridge in an anchor's network namespace: the guest gets the pod's own IPv4 address
   * and the MAC address of the pod's link, which loses both. Repeating it changes nothing. A
   * request of its own, so that a broker that does not know it refuses instead of masquerading.
   *
   * @param anchorPodUid the anchor
   * @param vnetHdr whether the tap carries virtio-net headers
   * @param ports what may be begun towards the guest, such as {@code tcp/80}; empty for everything
   * @param queues of the tap; 1, and left out, unless there are more
   */
  record MakeBridge(String anchorPodUid, boolean vnetHdr, List<String> ports, int queues)
      implements Request<Answer.BridgeMade> {
    static final int TYPE = 31;

    /** Copies the list. */
    public MakeBridge {
      ports = List.copyOf(ports);
    }

    /** With a tap of one queue. */
    public MakeBridge(String anchorPodUid, boolean vnetHdr, List<String> ports) {
      this(anchorPodUid, vnetHdr, ports, 1);
    }

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public Class<Answer.BridgeMade> answer() {
      return Answer.BridgeMade.class;
    }

    @Override
    public void write(FieldWriter out) {
      out.string(2, anchorPodUid).flag(3, vnetHdr).strings(4, ports);
      writeQueues(out, 5, queues);
    }

    static MakeBridge read(Fields in) throws WireException {
      return new MakeBridge(in.uid(2), in.flag(3), in.strings(4), readQueues(in, 5));
    }
  }

  /** As it was before there were more: an older broker makes one queue, unasked. */
  private static void writeQueues(FieldWriter out, int tag, int queues) {
    if (queues != 1) {
      out.integer(tag, queues);
    }
  }

  private static int readQueues(Fields in, int tag) throws WireException {
    int queues = in.has(tag) ? in.natural(tag) : 1;
    if (queues < 1 || queues > Slots.MOST_QUEUES) {
      throw new WireException("field " + tag + " is not 1 to " + Slots.MOST_QUEUES + " queues");
    }
    return queues;
  }

  /**
   * Make tap and bridge for a further link of an anchor, as {@link MakeBridge} does for the pod's
   * own: the guest gets the link's MAC address, and its IPv4 address if it has one. Repeating it
   * changes nothing. A request of its own, so that a broker that does not know it refuses instead
   * of bridging the pod's own link.
   *
   * @param anchorPodUid the anchor
   * @param link name of the link, such as {@code net1}
   * @param vnetHdr whether the tap carries virtio-net headers
   */
  record BridgeLink(String anchorPodUid, String link, boolean vnetHdr)
      implements Request<Answer.BridgeMade> {
    static final int TYPE = 33;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public Class<Answer.BridgeMade> answer() {
      return Answer.BridgeMade.class;
    }

    @Override
    public void write(FieldWriter out) {
      out.string(2, anchorPodUid).string(3, link).flag(4, vnetHdr);
    }

    static BridgeLink read(Fields in) throws WireException {
      return new BridgeLink(in.uid(2), in.furtherLink(3), in.flag(4));
    }
  }

  /**
   * Have a VM's memory container do something; answered when it has been told, and what comes of it
   * is told by events. One work at a time. Asked again under the same name it is not done again:
   * what came of it is told again.
   *
   * @param anchorPodUid the VM's anchor
   * @param work a name for it, in the form of a uid, that is given once; of a {@link
   *     MemoryTask.Cancel} the work that shall end
   * @param task what it shall do
   */
  record Memory(String anchorPodUid, String work, MemoryTask task) implements Request<Answer.Done> {
    static final int TYPE = 44;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public Class<Answer.Done> answer() {
      return Answer.Done.class;
    }

    @Override
    public void write(FieldWriter out) throws WireException {
      out.string(2, anchorPodUid).string(3, work).nested(4, task);
    }

    static Memory read(Fields in) throws WireException {
      return new Memory(in.uid(2), in.uid(3), in.nested(4, MemoryTask::read));
    }
  }

  /**
   * A request of a newer agent, which this broker refuses.
   *
   * @param type its packet's type byte
   */
  record Unknown(int type) implements Request<Answer.Done> {
    @Override
    public Class<Answer.Done> answer() {
      return Answer.Done.class;
    }

    @Override
    public void write(FieldWriter out) {
      // nothing is known of its fields
    }
  }
}
