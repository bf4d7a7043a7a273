package dev.moult.operator.vm;

import dev.moult.api.v1alpha1.GuestStatus;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.operator.pod.PodProblem;
import dev.moult.operator.pod.ProbeReport;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What the caches mean.
 *
 * @param sight the run in one word
 * @param anchor this run's anchor
 * @param vmms all VMM pods
 * @param chargeName name of the VMM pod that holds the guest, or will
 * @param charge that pod
 * @param guest the agent's report, if it is about this run
 * @param probes what the kubelet's probes say of it
 * @param inFlight the LiveUpdate under way
 * @param committed a LiveUpdate whose commit the status does not show yet
 * @param ending why the run is over, when it is
 * @param problem what keeps a pod from running
 * @param nodeLost whether the node has stopped answering
 * @param deadline when the state's time is over
 * @param expired whether it is
 * @param restart what has become of a request for a restart
 */
record Observation(
    Sight sight,
    Optional<Pod> anchor,
    List<Pod> vmms,
    String chargeName,
    Optional<Pod> charge,
    Optional<GuestStatus> guest,
    ProbeReport probes,
    Optional<LiveUpdate> inFlight,
    Optional<LiveUpdate> committed,
    Optional<Ending> ending,
    Optional<PodProblem> problem,
    boolean nodeLost,
    Optional<Instant> deadline,
    boolean expired,
    Restart restart) {

  /** Whether a start takes so long that it is given up. */
  boolean givenUp(VmState state) {
    return state == VmState.STARTING && expired;
  }
}
