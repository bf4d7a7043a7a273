package dev.moult.broker;

import dev.moult.broker.descriptor.Gathered;
import dev.moult.broker.descriptor.Gatherer;
import dev.moult.broker.descriptor.Parked;
import dev.moult.broker.descriptor.Terminals;
import dev.moult.broker.log.Log;
import dev.moult.broker.meeting.MeetingPlace;
import dev.moult.broker.network.GuestNetworks;
import dev.moult.broker.network.Isolation;
import dev.moult.broker.network.Links;
import dev.moult.broker.network.ScreenSocket;
import dev.moult.broker.network.TapQueues;
import dev.moult.broker.network.TapTraffic;
import dev.moult.broker.network.TapWatches;
import dev.moult.broker.node.Inventory;
import dev.moult.broker.pod.PodProcess;
import dev.moult.broker.pod.Pods;
import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileDigest;
import dev.moult.linux.file.FileStat;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import dev.moult.linux.process.ProcDirectory;
import dev.moult.linux.process.ProcessTree;
import dev.moult.linux.stop.StopPoint;
import dev.moult.linux.stop.StopPoints;
import dev.moult.wire.Answer;
import dev.moult.wire.Limits;
import dev.moult.wire.MemoryOrder;
import dev.moult.wire.MemoryTask;
import dev.moult.wire.RefusalReason;
import dev.moult.wire.Request;
import dev.moult.wire.Role;
import dev.moult.wire.Slots;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Carries out one request at a time of each VM; each waits no longer than its own deadline. */
final class Requests {
  private static final long DEATH_MILLIS = 10_000;

  /**
   * Measured: 0.3 to 3 ms. On a processor that others have too, less than a rollback costs; the
   * guest stands still meanwhile.
   */
  private static final long FREEZE_MILLIS = 100;

  private static final long LONGEST_WAIT_MILLIS = 60_000;
  private static final int DIGEST_THREADS = 2;
  private static final long BLOCK_BYTES = 512;

  private final Pods pods;
  private final GuestNetworks networks;
  private final TapWatches taps;
  private final Isolation isolation;
  private final Terminals terminals = new Terminals();
  private final Gatherer gatherer;
  private final Inventory inventory = new Inventory();

  Requests(Pods pods, GuestNetworks networks, TapWatches taps, Isolation isolation) {
    this.pods = pods;
    this.networks = networks;
    this.taps = taps;
    this.isolation = isolation;
    this.gatherer = new Gatherer(pods, networks);
  }

  /**
   * An answer.
   *
   * @param answer what became of the request
   * @param descriptor what goes with it; the receiver's
   */
  record Reply(Answer answer, @Nullable Fd descriptor) {
    static Reply of(Answer answer) {
      return new Reply(answer, null);
    }
  }

  /** Carries it out; whatever goes wrong becomes a refusal. Descriptors are borrowed. */
  Reply carryOut(Request<?> request, List<Fd> attached) {
    try {
      return reply(request, attached);
    } catch (Refusal e) {
      return refused(request, e.answer());
    } catch (LinuxException e) {
      return refused(request, new Refusal(RefusalReason.FAILED, "it failed", e).answer());
    } catch (IOException | RuntimeException e) {
      return refused(request, new Refusal(RefusalReason.FAILED, e.toString()).answer());
    }
  }

  private static Reply refused(Request<?> request, Answer.Refused refused) {
    Log.warn(
        "request refused",
        "request",
        request.getClass().getSimpleName(),
        "reason",
        refused.reason().name(),
        "message",
        refused.message());
    return Reply.of(refused);
  }

  /** The VM whose requests must not overtake each other; empty when this one may. */
  String turnOf(Request<?> request) {
    String podUid =
        switch (request) {
          case Request.Expect r -> r.podUid();
          case Request.Forget r -> r.podUid();
          case Request.MakeNetwork r -> r.anchorPodUid();
          case Request.MakeBridge r -> r.anchorPodUid();
          case Request.BridgeLink r -> r.anchorPodUid();
          case Request.SendPlan r -> r.podUid();
          case Request.Facts r -> r.podUid();
          case Request.ListenCpr r -> r.anchorPodUid();
          case Request.Sweep r -> r.anchorPodUid();
          case Request.WatchTap r -> r.anchorPodUid();
          case Request.OfferQueues r -> r.anchorPodUid();
          case Request.Terminal r -> r.anchorPodUid();
          case Request.ListenScreen r -> r.anchorPodUid();
          // In turn: one that nobody waits for any more must not come after its opposite.
          case Request.Freeze r -> r.podUid();
          case Request.Thaw r -> r.podUid();
          case Request.Memory r -> r.anchorPodUid();
          // A kill must not wait behind anything, and nothing behind a wait for a peer.
          case Request.Kill r -> "";
          case Request.ConnectCpr r -> "";
          case Request.Inventory r -> "";
          case Request.ListPods r -> "";
          // Only looks: nothing waits for it, and it for nothing.
          case Request.Measure r -> "";
          case Request.Digest r -> "";
          case Request.ReadRam r -> "";
          case Request.Unknown r -> "";
        };
    try {
      return podUid.isEmpty() ? "" : pods.expected(podUid).vmUid();
    } catch (Refusal e) {
      return request instanceof Request.Expect expect ? expect.vmUid() : podUid;
    }
  }

  private Reply reply(Request<?> request, List<Fd> attached) throws Refusal, IOException {
    return switch (request) {
      case Request.Expect r -> {
        if (r.role() == Role.MEMORY) {
          throw new Refusal(RefusalReason.BAD_REQUEST, "no pod is there for memory alone");
        }
        pods.expect(r);
        if (r.role() == Role.VMM) {
          isolation.add(r);
        }
        yield done();
      }
      case Request.Forget r -> forget(r);
      case Request.MakeNetwork r -> makeNetwork(r);
      case Request.MakeBridge r -> makeBridge(r);
      case Request.BridgeLink r -> bridgeLink(r);
      case Request.SendPlan r -> sendPlan(r, attached);
      case Request.Facts r -> facts(r);
      case Request.ListenCpr r -> listenCpr(r);
      case Request.ConnectCpr r -> connectCpr(r);
      case Request.Sweep r -> sweep(r);
      case Request.WatchTap r -> watchTap(r);
      case Request.OfferQueues r -> {
        taps.offerQueues(r.anchorPodUid());
        yield done();
      }
      case Request.Kill r -> kill(r);
      case Request.Freeze r -> freeze(r);
      case Request.Thaw r -> thaw(r);
      case Request.Inventory r -> Reply.of(inventory.look());
      case Request.ListPods r -> Reply.of(new Answer.Pods(pods.list()));
      case Request.Terminal r -> terminal(r);
      case Request.ListenScreen r -> listenScreen(r);
      case Request.Measure r -> measure(r);
      case Request.Digest r -> digest(r);
      case Request.ReadRam r -> readRam(r);
      case Request.Memory r -> memory(r, attached);
      case Request.Unknown r ->
          throw new Refusal(
              RefusalReason.BAD_REQUEST,
              "this broker does not know requests of type " + r.type() + ", the agent is newer");
    };
  }

  private static Reply done() {
    return Reply.of(new Answer.Done());
  }

  private Reply forget(Request.Forget request) {
    taps.end(request.podUid(), true);
    terminals.end(request.podUid());
    networks.end(request.podUid());
    isolation.forget(request.podUid());
    pods.forget(request.podUid());
    return done();
  }

  private Reply makeNetwork(Request.MakeNetwork request) throws Refusal {
    try (PodProcess anchor = anchor(request.anchorPodUid())) {
      return Reply.of(networks.make(request, anchor));
    }
  }

  private Reply makeBridge(Request.MakeBridge request) throws Refusal {
    try (PodProcess anchor = anchor(request.anchorPodUid())) {
      return Reply.of(networks.bridge(request, anchor));
    }
  }

  private Reply bridgeLink(Request.BridgeLink request) throws Refusal {
    try (PodProcess anchor = anchor(request.anchorPodUid())) {
      return Reply.of(networks.bridge(request, anchor));
    }
  }

  private Reply sendPlan(Request.SendPlan request, List<Fd> attached) throws Refusal {
    try (PodProcess pod = pods.process(request.podUid());
        PodProcess anchor = anchorOf(pod, request.anchorPodUid())) {
      if (pod.expect().role() == Role.VMM) {
        // Before it gets anything: the pod's network is not the guest's, and QEMU needs none.
        List<String> down = Links.takeDown(pod);
        Log.info("links down", "pod", request.podUid(), "links", String.join(",", down));
      } else {
        networks.resumeRouter(pod); // it may adopt, and have been dead when this broker began
      }
      try (Gathered gathered = gatherer.gather(request, anchor, attached)) {
        if (pod.expect().role() == Role.VMM && !taps.isOn(request.anchorPodUid())) {
          TapQueues.attach(gathered);
        }
        pods.sendPlan(request.podUid(), request.plan(), gathered.descriptors(), gathered.facts());
        StopPoints.at(StopPoint.BROKER_PLAN_SENT, pod.expect().vmUid());
      }
      if (pod.expect().role() == Role.ANCHOR) {
        networks.release(request.podUid());
      }
      return done();
    }
  }

  private Reply facts(Request.Facts request) throws Refusal {
    try (PodProcess pod = pods.process(request.podUid())) {
      return Reply.of(new Answer.SlotsSeen(pod.facts(), Parked.look(pod), pod.images()));
    }
  }

  private Reply measure(Request.Measure request) throws Refusal, LinuxException {
    try (PodProcess vmm = pods.process(request.podUid());
        PodProcess anchor = anchorOf(vmm, request.anchorPodUid());
        ProcDirectory proc = ProcDirectory.of(vmm.process());
        Fd ram = Parked.take(anchor, Slots.RAM)) {
      return Reply.of(
          new Answer.Measured(
              proc.processorTime(Set.copyOf(request.threads())).toNanos() / 1_000,
              FileStat.of(ram).blocks() * BLOCK_BYTES,
              TapTraffic.of(anchor)));
    }
  }

  private Reply digest(Request.Digest request) throws Refusal, IOException {
    try (PodProcess anchor = anchor(request.anchorPodUid());
        Fd ram = Parked.take(anchor, Slots.RAM)) {
      long began = System.nanoTime();
      long bytes = FileStat.of(ram).size();
      FileDigest digest =
          FileDigest.of(ram, bytes, DIGEST_THREADS, Deadline.inMillis(Limits.digestMillis(bytes)));
      return Reply.of(
          new Answer.Digested(
              digest.crc32c(), bytes, digest.read(), (System.nanoTime() - began) / 1_000));
    }
  }

  private Reply listenCpr(Request.ListenCpr request) throws Refusal, IOException {
    try (PodProcess anchor = anchor(request.anchorPodUid());
        Fd place = Parked.take(anchor, Slots.MEET)) {
      return new Reply(
          new Answer.Descriptor(),
          MeetingPlace.listen(place, request.name(), anchor.expect().uid()));
    }
  }

  private Reply connectCpr(Request.ConnectCpr request) throws Refusal, IOException {
    try (PodProcess anchor = anchor(request.anchorPodUid());
        Fd place = Parked.take(anchor, Slots.MEET)) {
      long wait = Math.min(request.timeoutMillis(), LONGEST_WAIT_MILLIS);
      return new Reply(
          new Answer.Descriptor(),
          MeetingPlace.connect(place, request.name(), Deadline.inMillis(wait)));
    }
  }

  private Reply sweep(Request.Sweep request) throws Refusal, IOException {
    try (PodProcess anchor = anchor(request.anchorPodUid());
        Fd place = Parked.take(anchor, Slots.MEET)) {
      MeetingPlace.sweep(place);
      return done();
    }
  }

  private Reply watchTap(Request.WatchTap request) throws Refusal {
    if (!request.on()) {
      if (taps.isLeft(request.anchorPodUid())) {
        watchTap(new Request.WatchTap(request.anchorPodUid(), true)); // to put the size back
      }
      terminals.end(request.anchorPodUid());
      int restored = taps.end(request.anchorPodUid(), request.keepQueues());
      return Reply.of(new Answer.TapWatched(restored));
    }
    try (PodProcess anchor = anchor(request.anchorPodUid())) {
      if (anchor.fact(Slots.TTY) != null) {
        terminals.begin(request.anchorPodUid(), Parked.take(anchor, Slots.TTY));
      }
      TapWatches.Begun begun = taps.begin(request.anchorPodUid(), TapQueues.parked(anchor));
      return Reply.of(new Answer.TapWatched(begun.restored(), begun.idle()));
    }
  }

  private Reply terminal(Request.Terminal request) throws Refusal {
    try (PodProcess anchor = anchor(request.anchorPodUid())) {
      return new Reply(new Answer.Descriptor(), Parked.take(anchor, Slots.TTY));
    }
  }

  /** An open of its own: who reads can neither write nor move what others share. */
  private Reply readRam(Request.ReadRam request) throws Refusal, LinuxException {
    try (PodProcess anchor = anchor(request.anchorPodUid());
        Fd ram = Parked.take(anchor, Slots.RAM)) {
      return new Reply(new Answer.Descriptor(), Open.reopen(ram, OpenFlag.READ_ONLY));
    }
  }

  private Reply listenScreen(Request.ListenScreen request) throws Refusal {
    try (PodProcess anchor = anchor(request.anchorPodUid())) {
      return new Reply(new Answer.Descriptor(), ScreenSocket.listen(anchor, request.port()));
    }
  }

  private Reply memory(Request.Memory request, List<Fd> attached) throws Refusal, IOException {
    MemoryTask task = request.task();
    if (task instanceof MemoryTask.Unknown) {
      throw new Refusal(
          RefusalReason.BAD_REQUEST, "this broker does not know the task " + task.name());
    }
    if (attached.size() != task.attached()) {
      throw new Refusal(
          RefusalReason.BAD_REQUEST,
          task.name() + " goes with " + task.attached() + " descriptors, not " + attached.size());
    }
    if (pods.expected(request.anchorPodUid()).role() != Role.ANCHOR) {
      throw new Refusal(
          RefusalReason.BAD_REQUEST, "pod " + request.anchorPodUid() + " is no anchor");
    }
    var order = new MemoryOrder(request.work(), task);
    if (task.ram() == MemoryTask.Ram.NONE) {
      pods.order(request.anchorPodUid(), order, attached);
      return done();
    }
    try (PodProcess anchor = anchor(request.anchorPodUid());
        Fd parked = Parked.take(anchor, Slots.RAM);
        // An open file of its own: who looks for holes moves the offset. To save it is to read it.
        Fd ram =
            Open.reopen(
                parked,
                task.ram() == MemoryTask.Ram.READ ? OpenFlag.READ_ONLY : OpenFlag.READ_WRITE)) {
      var descriptors = new ArrayList<Fd>();
      descriptors.add(ram);
      descriptors.addAll(attached);
      pods.order(request.anchorPodUid(), order, descriptors);
      return done();
    }
  }

  private Reply kill(Request.Kill request) throws Refusal, IOException {
    if (pods.isExited(request.podUid())) {
      return done();
    }
    try (PodProcess pod = pods.process(request.podUid())) {
      pod.process().kill();
      if (!pod.process().awaitExit(Deadline.inMillis(DEATH_MILLIS))) {
        throw new Refusal(
            RefusalReason.TIMED_OUT, "pod " + request.podUid() + "'s process does not die");
      }
      Log.info("killed", "pod", request.podUid());
      StopPoints.at(StopPoint.BROKER_KILLED, pod.expect().vmUid());
      return done();
    } catch (Refusal e) {
      if (pods.isExited(request.podUid())) {
        return done(); // died between the two looks
      }
      throw e;
    }
  }

  private Reply freeze(Request.Freeze request) throws Refusal, IOException {
    long began = System.nanoTime();
    try (PodProcess pod = vmm(request.podUid());
        ProcessTree tree = ProcessTree.of(pod.process())) {
      if (!isStopped(tree)) {
        throw new Refusal(
            RefusalReason.TIMED_OUT,
            "its pod's processes did not all stop within " + FREEZE_MILLIS + " ms");
      }
      Log.info(
          "frozen",
          "pod",
          request.podUid(),
          "processes",
          Integer.toString(tree.size()),
          "micros",
          Long.toString((System.nanoTime() - began) / 1_000));
      return done();
    } catch (LinuxException e) {
      throw goneOr(e);
    }
  }

  /** Stops all of it, or nothing. */
  private static boolean isStopped(ProcessTree tree) throws LinuxException {
    boolean stopped = false;
    try {
      stopped = tree.stop(Deadline.inMillis(FREEZE_MILLIS));
    } finally {
      if (!stopped) {
        tree.resume();
      }
    }
    return stopped;
  }

  private Reply thaw(Request.Thaw request) throws Refusal, IOException {
    try (PodProcess pod = vmm(request.podUid());
        ProcessTree tree = ProcessTree.of(pod.process())) {
      tree.resume();
      Log.info("thawed", "pod", request.podUid());
      return done();
    } catch (LinuxException e) {
      throw goneOr(e);
    }
  }

  private static Refusal goneOr(LinuxException e) {
    return e.isNoProcess()
        ? new Refusal(RefusalReason.GONE, "the process is dead", e)
        : new Refusal(RefusalReason.FAILED, "it failed", e);
  }

  private PodProcess vmm(String podUid) throws Refusal {
    PodProcess vmm = pods.process(podUid);
    if (vmm.expect().role() != Role.VMM) {
      vmm.close();
      throw new Refusal(RefusalReason.BAD_REQUEST, "pod " + podUid + " is no VMM");
    }
    return vmm;
  }

  private PodProcess anchorOf(PodProcess pod, String podUid) throws Refusal {
    PodProcess anchor = anchor(podUid);
    if (!pod.expect().vmUid().equals(anchor.expect().vmUid())) {
      anchor.close();
      throw new Refusal(RefusalReason.BAD_REQUEST, "pod and anchor belong to different VMs");
    }
    return anchor;
  }

  private PodProcess anchor(String podUid) throws Refusal {
    PodProcess anchor = pods.process(podUid);
    if (anchor.expect().role() != Role.ANCHOR) {
      anchor.close();
      throw new Refusal(RefusalReason.BAD_REQUEST, "pod " + podUid + " is no anchor");
    }
    return anchor;
  }
}
