package dev.moult.operator.update;

import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.GuestStatus;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.LiveUpdateStatus;
import dev.moult.api.v1alpha1.UpdateSide;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachineStatus;
import dev.moult.operator.cluster.Action.Trouble;
import dev.moult.operator.node.NodeSight;
import dev.moult.operator.pod.PodImages;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the caches hold about a LiveUpdate: the input of {@link UpdatePlanner}.
 *
 * @param update the object; its status is that of the last write
 * @param vm the virtual machine that it names
 * @param pods the virtual machine's pods
 * @param node the node of the virtual machine
 * @param another whether another LiveUpdate of the virtual machine goes first
 * @param newPodFits whether the node has room for the new pod's whole CPU request beside the old
 * @param newPodCreatedAt when this process created the new pod, if it did
 * @param trouble why the API server does not let the new pod be created
 * @param images images of the installation
 */
public record UpdateSeen(
    LiveUpdate update,
    Optional<VirtualMachine> vm,
    List<Pod> pods,
    NodeSight node,
    boolean another,
    boolean newPodFits,
    Optional<Instant> newPodCreatedAt,
    Optional<Trouble> trouble,
    PodImages images) {

  /** Whether the agent says that the guest ended in order on the new VMM. */
  boolean guestStopped() {
    return guestIn(LiveUpdateStatus::to).equals(Optional.of(GuestState.STOPPED));
  }

  /** Whether the agent says that the guest stands still on the new VMM, as it did before. */
  boolean guestPaused() {
    return guestIn(LiveUpdateStatus::to).equals(Optional.of(GuestState.PAUSED));
  }

  /** What the agent says of the guest, if it is about the pod of that side. */
  Optional<GuestState> guestIn(Function<LiveUpdateStatus, @Nullable UpdateSide> side) {
    var pod = Optional.ofNullable(update.getStatus()).map(side).map(UpdateSide::pod);
    return vm.map(VirtualMachine::getStatus)
        .map(VirtualMachineStatus::guest)
        .filter(guest -> pod.isPresent() && pod.get().equals(guest.vmmPod()))
        .map(GuestStatus::state);
  }

  /** The same, with room for the new pod or without. */
  UpdateSeen fitting(boolean fits) {
    return new UpdateSeen(update, vm, pods, node, another, fits, newPodCreatedAt, trouble, images);
  }

  /** The same, after the API server refused the new pod. */
  UpdateSeen troubled(Trouble refused) {
    return new UpdateSeen(
        update, vm, pods, node, another, newPodFits, newPodCreatedAt, Optional.of(refused), images);
  }

  /** The same, with the object as it was last written. */
  UpdateSeen written(LiveUpdate after) {
    return new UpdateSeen(
        after, vm, pods, node, another, newPodFits, newPodCreatedAt, trouble, images);
  }
}
