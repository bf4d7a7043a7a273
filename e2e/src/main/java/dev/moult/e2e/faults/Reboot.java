package dev.moult.e2e.faults;

import dev.moult.e2e.cluster.NodeView;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A node that reboots, as far as it can be done to a node that must not: every process of the
 * virtual machines' pods and of the node agent is killed, their sandboxes too, while the kubelet
 * stands still, and the host's tmpfs is empty when it goes on. The kernel stays, and so does the
 * node's boot id.
 */
final class Reboot {
  private final Node node;

  Reboot(Node node) {
    this.node = node;
  }

  void of(List<Held> held) throws IOException {
    try (var kubelet = Victim.part("kubelet")) {
      kubelet.freeze();
      try {
        List<String> pods = new ArrayList<>();
        node.pods("node-agent").forEach(pod -> pods.add(pod.getMetadata().getUid()));
        for (Held one : held) {
          one.lane().pods().forEach(pod -> pods.add(pod.getMetadata().getUid()));
        }
        for (String pod : pods) {
          kill(pod);
        }
        for (Held one : held) {
          wipe(Node.journal(one.before().vmUid()));
          for (Pod pod : one.lane().pods()) {
            wipe(Node.RUN.resolve("broker").resolve(pod.getMetadata().getUid()));
            wipe(Node.RUN.resolve("taps").resolve(pod.getMetadata().getUid()));
          }
          one.release();
        }
      } finally {
        kubelet.thaw();
      }
    }
  }

  private static void kill(String podUid) throws IOException {
    for (long pid : NodeView.processes(podUid)) {
      try (var process = Victim.of(pid)) {
        process.kill();
      }
    }
  }

  private static void wipe(Path path) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    try (Stream<Path> walk = Files.walk(path)) {
      for (Path each : walk.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(each);
      }
    }
  }
}
