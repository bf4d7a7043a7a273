package dev.moult.operator.update;

import dev.moult.operator.pod.PodProblem;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.util.Optional;

/**
 * What the caches mean.
 *
 * @param sight the update in one word
 * @param why reason and message of what is seen, where the sight alone does not tell
 * @param oldPod the VMM pod that ran the guest at the start
 * @param newPod the VMM pod that was made for this update
 * @param cpuRestored whether the new pod has the CPU that the spec asks for
 * @param cancelled whether it was deleted, or its virtual machine is to stop
 * @param deadline when the state's time is over
 * @param expired whether it is
 * @param overdue whether it has been for so long that an agent would have spoken
 */
record UpdateObservation(
    UpdateSight sight,
    Optional<PodProblem> why,
    Optional<Pod> oldPod,
    Optional<Pod> newPod,
    boolean cpuRestored,
    boolean cancelled,
    Optional<Instant> deadline,
    boolean expired,
    boolean overdue) {}
