package dev.moult.operator.vm;

import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachineStatus;
import dev.moult.operator.pod.AnchorPods;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * {@code spec.restartRequestedAt} and what has become of it.
 *
 * @param served the latest request that a start has served, this run included
 * @param pending the run was begun before the request, and has to end for it
 * @param open no start has served it
 */
record Restart(Optional<Instant> served, boolean pending, boolean open) {

  /**
   * What has become of it.
   *
   * @param begun whether the guest of this anchor has run, or will not run any more
   */
  static Restart of(VirtualMachine vm, Optional<Pod> anchor, boolean begun) {
    var request = Optional.ofNullable(vm.getSpec().restartRequestedAt());
    var ofRun = anchor.flatMap(AnchorPods::restartRequest);
    var before = Optional.ofNullable(vm.getStatus()).map(VirtualMachineStatus::restartServed);
    var served =
        Stream.of(before, ofRun.filter(at -> begun))
            .flatMap(Optional::stream)
            .max(Comparator.naturalOrder());
    return new Restart(served, anchor.isPresent() && later(request, ofRun), later(request, served));
  }

  private static boolean later(Optional<Instant> request, Optional<Instant> than) {
    return request.filter(at -> than.isEmpty() || at.isAfter(than.get())).isPresent();
  }
}
