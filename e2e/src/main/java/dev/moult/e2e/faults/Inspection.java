package dev.moult.e2e.faults;

import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.LiveUpdateStatus;
import dev.moult.api.v1alpha1.StepName;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachinePhase;
import dev.moult.e2e.cluster.NodeView;
import dev.moult.e2e.cluster.TestNamespace;
import dev.moult.e2e.guest.GuestServices;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The look at everything after a fault: the update, the guest, the objects, the node. */
final class Inspection {
  private static final Duration END = Duration.ofSeconds(150);
  private static final Duration SETTLED = Duration.ofSeconds(60);

  /** An agent that died before it saw the STOP has noted a moment from before A was let stop. */
  private static final Duration BEFORE_THE_STOP = Duration.ofSeconds(2);

  private final Subject held;
  private Expected expected;
  private final Lane lane;
  private final List<String> deviations = new ArrayList<>();

  private Inspection(Subject held) {
    this.held = held;
    this.expected = held.expected().getFirst();
    this.lane = held.lane();
  }

  /** Waits for the end, then looks. */
  static Outcome of(Subject held) throws IOException, InterruptedException {
    return new Inspection(held).look();
  }

  private Outcome look() throws IOException, InterruptedException {
    LiveUpdate asked = held.update();
    LiveUpdate update = asked == null ? null : awaitEnd(asked);
    String end = told(update);
    String guest = guest();
    var seen = held.sampler().seen();
    // Objects follow what happened; how soon is not this table's matter, but they must.
    long latest = System.nanoTime() + SETTLED.toNanos();
    List<String> open = complaints(update);
    while (!open.isEmpty() && System.nanoTime() - latest < 0) {
      LockSupport.parkNanos(100_000_000);
      open = complaints(update);
    }
    deviations.addAll(open);
    pauseIsTrue(update);
    timelineIsTrue(update);
    if (seen.most() > 1) {
      deviations.add(seen.most() + " QEMUs ran the guest at one time");
    }
    if (!seen.oneWord()) {
      deviations.add("the verdict changed: " + seen.verdicts());
    }
    LiveUpdateStatus status = update == null ? null : update.getStatus();
    return new Outcome(
        held.fault(),
        held.step(),
        end,
        guest,
        seen.most(),
        seen.verdicts().isEmpty() ? "-" : seen.verdicts().getFirst().split(" ", -1)[0],
        pause(status),
        lane.pulse().longest(),
        killProof(status),
        held.age(),
        deviations);
  }

  /** No pause is told that the guest's users did not feel. */
  private void pauseIsTrue(@Nullable LiveUpdate update) {
    Duration told = update == null ? null : pause(update.getStatus());
    if (told != null && told.compareTo(lane.pulse().longest().plus(BEFORE_THE_STOP)) > 0) {
      deviations.add(
          "the pause is told as %d ms, and the guest was silent for %d ms"
              .formatted(told.toMillis(), lane.pulse().longest().toMillis()));
    }
  }

  /** What is told of A's end lies after B's RESUME, and within this run. */
  private void timelineIsTrue(@Nullable LiveUpdate update) {
    Duration proof = update == null ? null : killProof(update.getStatus());
    if (proof != null && (proof.isNegative() || proof.compareTo(held.age()) > 0)) {
      deviations.add("the old QEMU is told to have died " + proof + " after the new one went on");
    }
  }

  private static @Nullable Duration pause(@Nullable LiveUpdateStatus status) {
    return status == null || status.pauseMicros() == null
        ? null
        : Duration.ofNanos(status.pauseMicros() * 1_000);
  }

  private String told(@Nullable LiveUpdate update) throws IOException {
    return update == null
        ? held.settle()
        : update.getStatus().phase() + " " + update.getStatus().reason();
  }

  private @Nullable LiveUpdate awaitEnd(LiveUpdate asked) {
    var name = asked.getMetadata().getName();
    var update = lane.namespace().update(name);
    if (expected.phases().isEmpty()) {
      update.waitUntilCondition(
          now -> now == null || expected.guest() == Expected.Guest.GONE && TestNamespace.ended(now),
          END.toMillis(),
          TimeUnit.MILLISECONDS);
      return null;
    }
    var ended = lane.namespace().awaitUpdate(name, END, TestNamespace::ended);
    var phase = ended.getStatus().phase();
    var fitting = held.expected().stream().filter(one -> one.phases().contains(phase)).findFirst();
    expected = fitting.orElse(expected);
    if (fitting.isEmpty()) {
      deviations.add(
          "the update is %s (%s: %s), not %s"
              .formatted(
                  ended.getStatus().phase(),
                  ended.getStatus().reason(),
                  ended.getStatus().message(),
                  expected.phases()));
    }
    return ended;
  }

  private static @Nullable Duration killProof(@Nullable LiveUpdateStatus status) {
    if (status == null) {
      return null;
    }
    Long resumed = offset(status, StepName.GUEST_RESUMED);
    Long killed = offset(status, StepName.OLD_VMM_KILLED);
    return resumed == null || killed == null ? null : Duration.ofNanos((killed - resumed) * 1_000);
  }

  private static @Nullable Long offset(LiveUpdateStatus status, StepName step) {
    return status.timeline().stream()
        .filter(entry -> entry.step().equals(step.value()))
        .map(entry -> entry.offsetMicros())
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  // ---------------------------------------------------------------- the guest

  private String guest() throws IOException, InterruptedException {
    return switch (expected.guest()) {
      case GONE -> {
        lane.namespace()
            .vm(lane.name())
            .waitUntilCondition(Objects::isNull, END.toMillis(), TimeUnit.MILLISECONDS);
        yield "gone";
      }
      case SAME -> same();
      case REBOOTED -> another(false);
      case NEW_RUN -> another(true);
    };
  }

  private String same() throws IOException {
    // After a long silence TCP sends again only when as much time has passed once more: RFC 6298.
    boolean tcp = lane.pulse().beatsWithin(lane.pulse().longest().plusSeconds(20));
    if (!tcp) {
      deviations.add("the TCP connection did not live through it");
    }
    var now = lane.awaitAnswer();
    boolean boot = now.bootId().equals(held.before().boot().bootId());
    if (!boot) {
      deviations.add("the guest has booted anew");
    }
    return (boot ? "same, " : "ANOTHER BOOT, ") + data() + (tcp ? ", TCP alive" : ", TCP BROKEN");
  }

  private String another(boolean newRun) throws IOException {
    var runBefore = held.before().vm().getStatus().runID();
    if (newRun) {
      lane.namespace()
          .await(
              lane.name(),
              END,
              vm ->
                  TestNamespace.guestRuns(vm)
                      && !Objects.equals(vm.getStatus().runID(), runBefore));
    }
    GuestServices.Uptime now = lane.awaitAnswer();
    if (now.bootId().equals(held.before().boot().bootId())) {
      deviations.add("the guest is the one from before");
    }
    return (newRun ? "new run, " : "rebooted, ") + data();
  }

  /** What the guest wrote to its memory and to its disk is there. */
  private String data() throws IOException {
    var seen = lane.services().verify();
    var disk = Objects.requireNonNull(seen.disk(), "the guest writes to no disk");
    if (seen.bad() != 0 || seen.megabytes() == 0) {
      deviations.add("the guest's memory: " + seen);
    }
    if (disk.bad() != 0 || disk.errors() != 0 || disk.writes() == 0) {
      deviations.add("the guest's disk: " + disk);
    }
    return "%d MiB %d bad, disk %d bad".formatted(seen.megabytes(), seen.bad(), disk.bad());
  }

  // ---------------------------------------------------------------- objects and leftovers

  private List<String> complaints(@Nullable LiveUpdate update) throws IOException {
    var open = new ArrayList<String>();
    if (expected.guest() == Expected.Guest.GONE) {
      gone(open);
      return open;
    }
    var vm = lane.namespace().vm(lane.name()).get();
    if (vm == null) {
      open.add("there is no VirtualMachine");
      return open;
    }
    objects(vm, open);
    open.addAll(lane.guest().complaints(vm));
    node(vm, open);
    return open;
  }

  private void gone(List<String> open) throws IOException {
    if (!lane.vmmPods().isEmpty() || !lane.anchorPods().isEmpty()) {
      open.add("pods are left");
    }
    if (!Node.names(Node.journal(held.before().vmUid())).isEmpty()) {
      open.add("the journal is left: " + Node.names(Node.journal(held.before().vmUid())));
    }
    if (Qemus.look().values().stream().anyMatch(held.vmmPodUids()::contains)) {
      open.add("a QEMU lives");
    }
  }

  private void objects(VirtualMachine vm, List<String> open) throws IOException {
    var status = vm.getStatus();
    if (status.phase() != VirtualMachinePhase.RUNNING || !TestNamespace.isTrue(vm, "Ready")) {
      open.add(
          "the VirtualMachine is "
              + status.phase()
              + ", Ready "
              + TestNamespace.isTrue(vm, "Ready"));
    }
    var vmm = status.vmm();
    var pod = vmm == null ? null : vmm.pod();
    var guest = status.guest();
    if (guest == null
        || vmm == null
        || guest.state() != GuestState.RUNNING
        || !Objects.equals(guest.vmmPod(), pod)
        || !Objects.equals(guest.qemuVersion(), vmm.qemuVersion())) {
      open.add("status.vmm and status.guest differ: " + vmm + ", " + guest);
    }
    String wanted =
        switch (expected.vmm()) {
          case OLD -> held.before().podA().getMetadata().getName();
          case NEW -> held.podBName();
          case ANOTHER -> pod;
        };
    if (!Objects.equals(wanted, pod)) {
      open.add("the guest is in " + pod + ", not in " + wanted);
    }
    var pods = lane.vmmPods().stream().map(one -> one.getMetadata().getName()).toList();
    if (!pods.equals(pod == null ? List.of() : List.of(pod)) || lane.anchorPods().size() != 1) {
      open.add("pods: " + pods + " and " + lane.anchorPods().size() + " anchors");
    }
  }

  private void node(VirtualMachine vm, List<String> open) throws IOException {
    var live = new ArrayList<String>();
    for (var pod : lane.vmmPods()) {
      live.add(pod.getMetadata().getUid());
    }
    var suspects = new ArrayList<>(held.vmmPodUids());
    suspects.addAll(live);
    var qemus = Qemus.look().values().stream().filter(suspects::contains).toList();
    if (!qemus.equals(live)) {
      open.add("QEMUs live in pods " + qemus + ", of pods " + live);
    }
    for (var anchor : lane.anchorPods()) {
      anchor(anchor.getMetadata().getUid(), live, open);
    }
    var journal = new ArrayList<>(List.of("run.json"));
    journal.addAll(live);
    var names = Node.names(Node.journal(vm.getMetadata().getUid()));
    if (!Set.copyOf(names).equals(Set.copyOf(journal))) {
      open.add("the journal holds " + names + ", not " + journal);
    }
    for (String dead : held.vmmPodUids()) {
      if (!live.contains(dead) && Node.names(Node.RUN.resolve("broker")).contains(dead)) {
        open.add("the broker remembers dead pod " + dead);
      }
    }
    if (Node.names(Hold.DIRECTORY).stream()
        .anyMatch(name -> name.contains(held.before().vmUid()))) {
      open.add("stop points are left");
    }
  }

  /** The anchor holds what the QEMU holds, its meeting place is empty, its tap is not watched. */
  private static void anchor(String uid, List<String> vmms, List<String> open) throws IOException {
    if (Node.names(Node.RUN.resolve("taps")).contains(uid)) {
      open.add("the tap is still watched");
    }
    for (String vmm : vmms) {
      var qemu = Node.qemu(vmm);
      if (qemu.isPresent() && !Node.meetingPlace(qemu.get()).isEmpty()) {
        open.add("left in the meeting place: " + Node.meetingPlace(qemu.get()));
      }
      try {
        if (NodeView.ramInode(uid) != NodeView.ramInode(vmm)) {
          open.add("anchor and QEMU hold different memory");
        }
      } catch (IOException e) {
        open.add(String.valueOf(e.getMessage()));
      }
    }
  }
}
