package dev.moult.e2e.faults;

import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * A node that nobody hears of, while its guests run on: kubelet and agent stand still. Somebody
 * deletes the virtual machines' pods by force meanwhile, as one does with a node that is lost; no
 * guest may be started a second time until the node is back, since nobody knows the first to be
 * dead.
 */
final class CutOff {
  /** So long that the operator would have started it many times. */
  private static final Duration AWAY = Duration.ofSeconds(8);

  private final Node node;

  CutOff(Node node) {
    this.node = node;
  }

  void of(List<Held> held) throws IOException {
    try (var kubelet = Victim.part("kubelet");
        var agent = node.agent()) {
      kubelet.freeze();
      agent.freeze();
      List<String> before = new ArrayList<>();
      for (Held one : held) {
        for (Pod pod : one.lane().pods()) {
          before.add(pod.getMetadata().getUid());
          var ignored = one.lane().namespace().client().resource(pod).withGracePeriod(0).delete();
        }
        one.release();
      }
      LockSupport.parkNanos(AWAY.toNanos());
      for (Held one : held) {
        for (Pod pod : one.lane().pods()) {
          if (!before.contains(pod.getMetadata().getUid())) {
            throw new AssertionError(
                pod.getMetadata().getName() + " was made, and nobody knows the first one dead");
          }
        }
      }
    }
  }
}
