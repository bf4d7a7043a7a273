package dev.moult.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the broker answers to a request. */
public sealed interface Answer extends Encodable {
  /** The packet's type byte. */
  int type();

  /** It is done. */
  record Done() implements Answer {
    static final int TYPE = 64;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public void write(FieldWriter out) {
      // says all by its type
    }
  }

  /**
   * It is not done, and nothing was changed by trying.
   *
   * @param reason why
   * @param errno the system's error number; 0 if there is none
   * @param message a sentence for people
   */
  record Refused(RefusalReason reason, int errno, String message) implements Answer {
    static final int TYPE = 65;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public void write(FieldWriter out) {
      out.string(2, reason.name()).integer(3, errno).string(4, message);
    }

    static Refused read(Fields in) throws WireException {
      return new Refused(RefusalReason.of(in.string(2)), in.integer(3), in.sentence(4));
    }
  }

  /**
   * The guest's network is there.
   *
   * @param podMtu MTU of the pod's own link, which is the tap's too unless another was asked for
   * @param podAddress the pod's IPv4 address, or the IPv6 one if it has no other
   */
  record NetworkMade(int podMtu, String podAddress) implements Answer {
    static final int TYPE = 66;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public void write(FieldWriter out) {
      out.integer(2, podMtu).string(3, podAddress);
    }

    static NetworkMade read(Fields in) throws WireException {
      return new NetworkMade(in.integer(2), in.string(3));
    }
  }

  /**
   * What a process has at its slots.
   *
   * @param recorded when it was launched
   * @param now at this moment; a slot that is closed is not listed
   */
  record SlotsSeen(List<SlotFacts> recorded, List<SlotFacts> now, List<ImageFacts> images)
      implements Answer {
    static final int TYPE = 67;

    /** Copies the lists. */
    public SlotsSeen {
      recorded = List.copyOf(recorded);
      now = List.copyOf(now);
      images = List.copyOf(images);
    }

    /** Of a pod without disks. */
    public SlotsSeen(List<SlotFacts> recorded, List<SlotFacts> now) {
      this(recorded, now, List.of());
    }

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public void write(FieldWriter out) throws WireException {
      out.list(2, recorded).list(3, now).list(4, images);
    }

    static SlotsSeen read(Fields in) throws WireException {
      return new SlotsSeen(
          in.list(2, SlotFacts::read), in.list(3, SlotFacts::read), in.list(4, ImageFacts::read));
    }
  }

  /** One descriptor comes with this packet. */
  record Descriptor() implements Answer {
    static final int TYPE = 68;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public void write(FieldWriter out) {
      // the descriptor is all there is
    }
  }

  /**
   * The watch on the tap began or ended.
   *
   * @param restored how often the header size had to be put back since it began
   * @param idle queues of the tap that the guest does not use, when it began; left out if none
   */
  record TapWatched(int restored, int idle) implements Answer {
    static final int TYPE = 69;

    /** Of a tap all of whose queues are used. */
    public TapWatched(int restored) {
      this(restored, 0);
    }

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public void write(FieldWriter out) {
      out.integer(2, restored);
      if (idle != 0) {
        out.integer(3, idle);
      }
    }

    static TapWatched read(Fields in) throws WireException {
      return new TapWatched(in.integer(2), in.has(3) ? in.natural(3) : 0);
    }
  }

  /**
   * What this node can do.
   *
   * @param kvmApi KVM's API version; 0 without KVM
   * @param kvmRunsLinux long-mode code really runs under KVM here
   * @param kvmProblem why KVM cannot be used; absent if it can
   * @param vhostNet {@code /dev/vhost-net} is there
   * @param vfioDevices VFIO character devices ({@code /dev/vfio/devices}), by name
   * @param iommufd {@code /dev/iommu} is there
   * @param hugePages the pools of huge pages
   * @param pageBytes bytes of an ordinary page
   * @param memoryBytes the node's memory
   * @param kernel the kernel's release
   */
  record Capabilities(
      int kvmApi,
      boolean kvmRunsLinux,
      @Nullable String kvmProblem,
      boolean vhostNet,
      List<String> vfioDevices,
      boolean iommufd,
      List<HugePages> hugePages,
      int pageBytes,
      long memoryBytes,
      String kernel)
      implements Answer {
    static final int TYPE = 70;

    /** Copies the lists. */
    public Capabilities {
      vfioDevices = List.copyOf(vfioDevices);
      hugePages = List.copyOf(hugePages);
    }

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public void write(FieldWriter out) throws WireException {
      out.integer(2, kvmApi)
          .flag(3, kvmRunsLinux)
          .string(4, kvmProblem)
          .flag(5, vhostNet)
          .strings(6, vfioDevices)
          .flag(7, iommufd)
          .list(8, hugePages)
          .integer(9, pageBytes)
          .number(10, memoryBytes)
          .string(11, kernel);
    }

    static Capabilities read(Fields in) throws WireException {
      return new Capabilities(
          in.integer(2),
          in.flag(3),
          in.optionalString(4),
          in.flag(5),
          in.strings(6),
          in.flag(7),
          in.list(8, HugePages::read),
          in.integer(9),
          in.number(10),
          in.string(11));
    }
  }

  /**
   * One pool of huge pages.
   *
   * @param pageBytes bytes of each page
   * @param total pages in the pool
   * @param free pages of it that nobody uses
   */
  record HugePages(long pageBytes, long total, long free) implements Encodable {
    @Override
    public void write(FieldWriter out) {
      out.number(1, pageBytes).number(2, total).number(3, free);
    }

    static HugePages read(Fields in) throws WireException {
      return new HugePages(in.number(1), in.number(2), in.number(3));
    }
  }

  /**
   * The pods that the broker knows.
   *
   * @param pods one entry per Expect that was not forgotten
   */
  record Pods(List<PodStatus> pods) implements Answer {
    static final int TYPE = 71;

    /** Copies the list. */
    public Pods {
      pods = List.copyOf(pods);
    }

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public void write(FieldWriter out) throws WireException {
      out.list(2, pods);
    }

    static Pods read(Fields in) throws WireException {
      return new Pods(in.list(2, PodStatus::read));
    }
  }

  /**
   * What a VM uses.
   *
   * @param vcpuMicros processor time of the threads that were asked for
   * @param ramBytes guest RAM that has pages, also if those are swapped out
   * @param traffic of the guest's network; absent without one
   */
  record Measured(long vcpuMicros, long ramBytes, @Nullable Traffic traffic) implements Answer {
    static final int TYPE = 72;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public void write(FieldWriter out) throws WireException {
      out.number(2, vcpuMicros).number(3, ramBytes).nested(4, traffic);
    }

    static Measured read(Fields in) throws WireException {
      return new Measured(in.number(2), in.number(3), in.optional(4, Traffic::read));
    }
  }

  /**
   * The guest's bridge is there, and what the pod's link was told by the cluster's network is the
   * guest's.
   *
   * @param podMtu MTU of the pod's link, and so of the tap
   * @param podAddress the pod's IPv4 address; empty if a further link has none
   * @param prefix length of its prefix; 0 without an address
   * @param mac the MAC address that the pod's link had
   * @param gateway of the default route; absent without one
   * @param routes what a default route alone does not say, such as {@code 169.254.1.1/32,0.0.0.0}:
   *     destination and gateway, 0.0.0.0 for none; with the default route if there are any
   */
  record BridgeMade(
      int podMtu,
      String podAddress,
      int prefix,
      String mac,
      @Nullable String gateway,
      List<String> routes)
      implements Answer {
    static final int TYPE = 73;

    /** Copies the list. */
    public BridgeMade {
      routes = List.copyOf(routes);
    }

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public void write(FieldWriter out) {
      out.integer(2, podMtu)
          .string(3, podAddress)
          .integer(4, prefix)
          .string(5, mac)
          .string(6, gateway)
          .strings(7, routes);
    }

    static BridgeMade read(Fields in) throws WireException {
      return new BridgeMade(
          in.integer(2),
          in.string(3),
          in.integer(4),
          in.string(5),
          in.optionalString(6),
          in.strings(7));
    }
  }

  /**
   * What a VM's RAM holds.
   *
   * @param crc32c of all of it, 32 bits
   * @param bytes its size
   * @param read how many of them were read: the others were never written, and are zeros
   * @param micros how long that took
   */
  record Digested(int crc32c, long bytes, long read, long micros) implements Answer {
    static final int TYPE = 80;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public void write(FieldWriter out) {
      out.integer(2, crc32c).number(3, bytes).number(4, read).number(5, micros);
    }

    static Digested read(Fields in) throws WireException {
      return new Digested(in.integer(2), in.number(3), in.number(4), in.number(5));
    }
  }

  /**
   * An answer of a newer broker, of no use to this agent.
   *
   * @param type its packet's type byte
   */
  record Unknown(int type) implements Answer {
    @Override
    public void write(FieldWriter out) {
      // nothing is known of its fields
    }
  }
}
