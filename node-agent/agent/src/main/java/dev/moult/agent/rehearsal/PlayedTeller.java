package dev.moult.agent.rehearsal;

import dev.moult.agent.guest.GuestView;
import dev.moult.agent.journal.FreezeRecord;
import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.journal.UpdateRecord;
import dev.moult.agent.journal.UpdateRecord.Obstacle;
import dev.moult.agent.journal.UpdateRecord.UpdateResult;
import dev.moult.agent.status.Teller;
import dev.moult.agent.status.UpdateReport;
import dev.moult.agent.status.VmReport;
import dev.moult.agent.update.Conductor.Checked;
import dev.moult.api.v1alpha1.Acceleration;
import dev.moult.api.v1alpha1.Binding;
import dev.moult.api.v1alpha1.BootSpec;
import dev.moult.api.v1alpha1.CpuSpec;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.KernelBoot;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.LiveUpdateSpec;
import dev.moult.api.v1alpha1.LiveUpdateStatusBuilder;
import dev.moult.api.v1alpha1.MemorySpec;
import dev.moult.api.v1alpha1.NetworkSpec;
import dev.moult.api.v1alpha1.PodNetwork;
import dev.moult.api.v1alpha1.ProbesStatus;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachineSpecBuilder;
import dev.moult.api.v1alpha1.VirtualMachineStatusBuilder;
import dev.moult.api.v1alpha1.VmmSpec;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Writes down what would be told, as JSON, and throws it away; and is the API server's objects. */
final class PlayedTeller implements Teller {
  static final String NODE = "rehearsal";

  private final String vmUid;
  private final String anchorUid;
  private final KubernetesSerialization json = new KubernetesSerialization();
  private final CountDownLatch running = new CountDownLatch(1);
  private final LinkedBlockingQueue<UpdateResult> results = new LinkedBlockingQueue<>();

  PlayedTeller(String vmUid, String anchorUid) {
    this.vmUid = vmUid;
    this.anchorUid = anchorUid;
  }

  VirtualMachine vm() {
    VirtualMachine vm = new VirtualMachine();
    vm.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace("default")
            .withName("rehearsal")
            .withUid(vmUid)
            .withGeneration(1L)
            .build());
    vm.setSpec(
        VirtualMachineSpecBuilder.builder()
            .cpu(new CpuSpec(1, null, null))
            .memory(new MemorySpec(new Quantity("2Mi"), null))
            .machineType("q35")
            .vmm(new VmmSpec("rehearsal", Acceleration.TCG))
            .boot(new BootSpec(new KernelBoot("rehearsal", "/vmlinuz", null, null), null))
            .networks(
                List.of(
                    new NetworkSpec(
                        "pod", new PodNetwork(Binding.MASQUERADE), null, null, List.of(), 1)))
            .build());
    vm.setStatus(VirtualMachineStatusBuilder.builder().nodeName(NODE).runID(anchorUid).build());
    return vm;
  }

  LiveUpdate update(String uid) {
    LiveUpdate update = new LiveUpdate();
    update.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace("default")
            .withName("rehearsal")
            .withUid(uid)
            .withCreationTimestamp(Instant.now().toString())
            .build());
    update.setSpec(new LiveUpdateSpec("rehearsal", false, "2m", null, false));
    update.setStatus(
        LiveUpdateStatusBuilder.builder()
            .nodeName(NODE)
            .phase(LiveUpdatePhase.PREPARING)
            .startedAt(Instant.now())
            .build());
    return update;
  }

  void awaitRunning(Duration most) throws InterruptedException {
    if (!running.await(most.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new IllegalStateException("the played guest does not start");
    }
  }

  long awaitPause(String updateUid, Duration most) throws InterruptedException {
    UpdateResult result = results.poll(most.toMillis(), TimeUnit.MILLISECONDS);
    Long pause = result == null ? null : result.pauseMicros();
    if (result == null || pause == null) {
      throw new IllegalStateException("the played handoff did not commit: " + result);
    }
    return pause;
  }

  @Override
  public void vm(
      VirtualMachine seen,
      RunRecord run,
      List<Obstacle> obstacles,
      GuestView view,
      @Nullable ProbesStatus probes) {
    VirtualMachine fresh = new VirtualMachine();
    fresh.setStatus(
        VmReport.of(
            run, 1L, seen.getStatus(), "rehearsal", obstacles, view, probes, Instant.now()));
    var unused = json.asJson(fresh);
    if (run.guest().state() == GuestState.RUNNING) {
      running.countDown();
    }
  }

  @Override
  public void reset(VirtualMachine seen, Instant requestedAt) {
    // Nobody asks for one here.
  }

  @Override
  public void freeze(VirtualMachine seen, FreezeRecord freeze) {
    // Nor for that.
  }

  @Override
  public void watchdog(VirtualMachine seen, String message) {
    // The played guest has none.
  }

  @Override
  public void checked(LiveUpdate seen, String runId, Checked checked) {
    LiveUpdate fresh = new LiveUpdate();
    fresh.setStatus(UpdateReport.checked(vmUid, runId, checked, seen.getStatus(), Instant.now()));
    var unused = json.asJson(fresh);
  }

  @Override
  public void ended(LiveUpdate seen, UpdateRecord update, UpdateResult result, Runnable told) {
    LiveUpdate fresh = new LiveUpdate();
    fresh.setStatus(UpdateReport.ended(update, result, seen.getStatus(), Instant.now()));
    @Nullable String unused = json.asJson(fresh);
    results.add(result);
    told.run();
  }

  @Override
  public void guest(VirtualMachine seen, RunRecord run) {
    // Events are not part of the path that must be warm.
  }
}
