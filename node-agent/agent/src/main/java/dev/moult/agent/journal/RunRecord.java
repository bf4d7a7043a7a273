package dev.moult.agent.journal;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.qemu.machine.Extra;
import dev.moult.qemu.machine.FrozenMachine;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One run of a VM on this node, as a restarted agent must find it.
 *
 * @param namespace the VirtualMachine's
 * @param name the VirtualMachine's
 * @param vmUid the VirtualMachine's
 * @param runId status.runID
 * @param generation the spec's generation that this run was started from
 * @param anchorPodUid the anchor that holds the descriptors
 * @param anchorPlanned the anchor's plan was sent: a launcher that dials there again is restarted
 * @param podMtu MTU of the anchor's own link; 0 without a network
 * @param ramInode inode of the guest's memfd; 0 before the anchor has made it
 * @param machine the frozen hardware; null before the first QEMU
 * @param vmm the QEMU in charge; null before the first
 * @param guest what is known of the guest
 * @param storage disks and firmware; null for a guest that needs neither
 * @param resetServed the latest spec.resetRequestedAt that the guest's start or a reset has served,
 *     RFC 3339; null when there is none
 * @param probes what is asked through the guest agent; null when nothing is
 * @param freeze the latest request to freeze the guest's file systems; null when there was none
 * @param suspend how the guest was put aside last; null when it was not
 */
// The generated builder's setters take null, and do not say so.
@SuppressWarnings("NullAway")
@RecordBuilder
public record RunRecord(
    String namespace,
    String name,
    String vmUid,
    String runId,
    long generation,
    String anchorPodUid,
    boolean anchorPlanned,
    int podMtu,
    long ramInode,
    @Nullable FrozenMachine machine,
    @Nullable VmmRecord vmm,
    GuestRecord guest,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Storage storage,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String resetServed,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable AgentProbes probes,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable FreezeRecord freeze,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable SuspendRecord suspend)
    implements RunRecordBuilder.With {

  /** Refuses what is not whole: text from a file may lack anything. */
  public RunRecord {
    Objects.requireNonNull(namespace);
    Objects.requireNonNull(name);
    Objects.requireNonNull(vmUid);
    Objects.requireNonNull(runId);
    Objects.requireNonNull(anchorPodUid);
    Objects.requireNonNull(guest);
  }

  /** A run without disks. */
  public RunRecord(
      String namespace,
      String name,
      String vmUid,
      String runId,
      long generation,
      String anchorPodUid,
      boolean anchorPlanned,
      int podMtu,
      long ramInode,
      @Nullable FrozenMachine machine,
      @Nullable VmmRecord vmm,
      GuestRecord guest) {
    this(
        namespace,
        name,
        vmUid,
        runId,
        generation,
        anchorPodUid,
        anchorPlanned,
        podMtu,
        ramInode,
        machine,
        vmm,
        guest,
        null,
        null,
        null,
        null,
        null);
  }

  /**
   * A QEMU.
   *
   * @param podUid its pod
   * @param podName its pod's name
   * @param qemuVersion the version it greeted with, three numbers; empty before it did
   * @param argv its command line
   * @param resumed whether its guest was let run once
   */
  public record VmmRecord(
      String podUid, String podName, String qemuVersion, List<String> argv, boolean resumed) {
    /** Copies the command line. */
    public VmmRecord {
      Objects.requireNonNull(podUid);
      Objects.requireNonNull(podName);
      Objects.requireNonNull(qemuVersion);
      argv = List.copyOf(argv);
    }

    /** The same one after its greeting. */
    public VmmRecord greeted(String version) {
      return new VmmRecord(podUid, podName, version, argv, resumed);
    }

    /** The same one after its first {@code cont}. */
    public VmmRecord running() {
      return new VmmRecord(podUid, podName, qemuVersion, argv, true);
    }
  }

  /** Whether its hardware is frozen and has that device. */
  public boolean has(Extra extra) {
    return machine != null && machine.has(extra);
  }

  /** The same run with another VMM. */
  @Override
  public RunRecord withVmm(@Nullable VmmRecord other) {
    return with(b -> b.vmm(other));
  }

  /** The same run after its anchor's plan was sent. */
  public RunRecord withAnchorPlanned(int mtu) {
    return with(b -> b.anchorPlanned(true).podMtu(mtu));
  }

  /** The same run before its anchor's plan: the anchor could not do it and will ask again. */
  public RunRecord withAnchorUnplanned() {
    return with(b -> b.anchorPlanned(false).ramInode(0));
  }

  /** The same run with other storage. */
  @Override
  public RunRecord withStorage(@Nullable Storage other) {
    return with(b -> b.storage(other));
  }

  /** The same run after a request for a reset was served. */
  public RunRecord withResetServed(@Nullable Instant request) {
    return request == null ? this : with(b -> b.resetServed(request.toString()));
  }

  /** The same run with what is asked through its guest agent. */
  @Override
  public RunRecord withProbes(@Nullable AgentProbes asked) {
    return with(b -> b.probes(asked));
  }

  /** The same run with what has become of a request to freeze its file systems. */
  @Override
  public RunRecord withFreeze(@Nullable FreezeRecord request) {
    return with(b -> b.freeze(request));
  }

  /** The same run with a guest that is put aside, or was. */
  @Override
  public RunRecord withSuspend(@Nullable SuspendRecord other) {
    return with(b -> b.suspend(other));
  }

  /** Whether its guest is being put aside, lies aside or is being taken up. */
  @JsonIgnore
  public boolean isSuspending() {
    return suspend != null && suspend.isOpen();
  }

  /** Whether its QEMU died under its guest: another may start it anew. */
  @JsonIgnore
  public boolean isCrashed() {
    return vmm != null
        && vmm.resumed()
        && guest.state() == GuestState.FAILED
        && Reason.VMM_EXITED.value().equals(guest.reason());
  }

  /** Whether that request for a reset, or a later one, was served. */
  public boolean served(Instant request) {
    return resetServed != null && !request.isAfter(Instant.parse(resetServed));
  }
}
