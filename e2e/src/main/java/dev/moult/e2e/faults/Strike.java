package dev.moult.e2e.faults;

import dev.moult.e2e.cluster.NodeView;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Does a fault to what is held, lets them go on, and takes back what can be. */
final class Strike {
  private static final Duration PROBE = Duration.ofSeconds(60);
  private static final Duration OUTAGE = Duration.ofSeconds(45);
  private static final Duration HANG = Duration.ofSeconds(3);

  /** So long that the operator has given up in between, and the node's lease is over. */
  private static final Duration AWAY = Duration.ofSeconds(60);

  /** For a watch to have told the agent of what was asked of the API: nothing outside shows it. */
  private static final Duration HEARD = Duration.ofSeconds(2);

  private final Node node;

  Strike(Node node) {
    this.node = node;
  }

  /** One fault for all of them; each is released by it. */
  void at(Fault fault, List<Held> held) throws IOException {
    switch (fault) {
      case AGENT_KILLED -> killed(node.agent(), held);
      case BROKER_KILLED -> killed(node.broker(), held);
      case BROKER_FROZEN -> frozen(node.broker(), held);
      case BROKER_HUNG -> frozenUntilItsProbe(node.broker(), held);
      case OPERATOR_KILLED -> killed(node.operator(), held);
      case OPERATOR_STALE -> outage(node.operator(), HANG, held);
      case TWO_OPERATORS -> doubled(held);
      case AGENT_TERMINATED -> ended(held, Victim::terminate);
      case AGENT_POD_DELETED -> ended(held, agent -> deletePods(node.pods("node-agent")));
      case AGENT_FROZEN -> frozenUntilItsProbe(node.agent(), held);
      case API_SERVER_STOPPED -> outage(Victim.part("kube-apiserver"), AWAY, held);
      case KUBELET_STOPPED -> outage(Victim.part("kubelet"), HANG, held);
      case CONTAINERD_STOPPED -> outage(Victim.part("containerd"), HANG, held);
      case CLOCK_AHEAD -> during(Machine.clockMoved(Duration.ofHours(1)), held);
      case CLOCK_BACK -> during(Machine.clockMoved(Duration.ofHours(-1)), held);
      case RUN_FULL -> during(Machine.filled(Node.RUN), held);
      case NODE_CUT_OFF -> new CutOff(node).of(held);
      case NODE_REBOOTS -> new Reboot(node).of(held);
      default -> {
        for (Held one : held) {
          at(fault, one);
        }
      }
    }
  }

  private void at(Fault fault, Held held) throws IOException {
    switch (fault) {
      case A_KILLED -> held.a().kill();
      case B_KILLED -> held.b().kill();
      case A_FROZEN -> held.a().freeze();
      case B_FROZEN -> held.b().freeze();
      case ANCHOR_KILLED -> {
        Pod anchor = held.lane().anchorPods().getFirst();
        try (var victim =
            Victim.of(NodeView.program(anchor.getMetadata().getUid()).orElseThrow())) {
          victim.kill();
        }
      }
      case UPDATE_DELETED -> {
        var ignored =
            held.lane()
                .namespace()
                .client()
                .resource(Objects.requireNonNull(held.update()))
                .delete();
        pause(HEARD);
      }
      case VM_DELETED -> {
        held.lane().namespace().vm(held.lane().name()).delete();
        pause(HEARD);
      }
      case POD_A_DELETED -> delete(held, held.before().podA());
      case POD_B_DELETED -> delete(held, held.podB());
      case GUEST_POWERS_OFF -> types(held, "poweroff");
      case GUEST_RESETS -> types(held, "reboot");
      default -> throw new IllegalArgumentException(fault + " is the node's");
    }
    held.release();
    aftermath(fault, held);
  }

  private static void delete(Held held, Pod pod) {
    var ignored = held.lane().namespace().client().resource(pod).delete();
    pause(HEARD);
  }

  /** More than once: B, once it has its devices, reads the same terminal and takes a character. */
  private static void types(Held held, String command) throws IOException {
    var pulse = held.lane().pulse();
    for (int i = 0; i < 8; i++) {
      held.lane().type("\n" + command + "\n");
      if (!pulse.beatsWithin(Duration.ofSeconds(2))) {
        return;
      }
    }
    throw new AssertionError("the guest does not heed " + command + " on its console");
  }

  private static void aftermath(Fault fault, Held held) throws IOException {
    if (fault == Fault.A_FROZEN) {
      // Frozen until one of the two is dead: that is all that the agent waits for.
      until(
          OUTAGE,
          () -> {
            try {
              return held.b().diesWithin(Duration.ofMillis(20))
                  || held.a().diesWithin(Duration.ofMillis(20));
            } catch (IOException e) {
              return true;
            }
          });
      held.a().thaw();
    } else if (fault == Fault.B_FROZEN && held.isCommitted()) {
      pause(HANG);
      held.b().thaw();
    }
  }

  private static void killed(Victim victim, List<Held> held) throws IOException {
    try (victim) {
      victim.kill();
      releaseAll(held);
    }
  }

  /** How a process is asked to end. */
  private interface Request {
    void to(Victim victim) throws IOException;
  }

  private void deletePods(List<Pod> pods) {
    pods.forEach(node::delete);
  }

  private void ended(List<Held> held, Request request) throws IOException {
    try (var agent = node.agent()) {
      request.to(agent);
      // The thread in which a JVM handles the signal: from then on the agent wants to end.
      until(
          Duration.ofSeconds(5),
          () -> {
            try {
              var tasks = Path.of("/proc/" + agent.pid() + "/task");
              return Node.names(tasks).stream()
                  .anyMatch(tid -> Node.read(tasks.resolve(tid + "/comm")).startsWith("SIGTERM"));
            } catch (IOException gone) {
              return true;
            }
          });
      pause(HEARD);
      releaseAll(held);
    }
  }

  private static void frozen(Victim victim, List<Held> held) throws IOException {
    try (victim) {
      victim.freeze();
      try {
        releaseAll(held);
        pause(HANG);
      } finally {
        victim.thaw();
      }
    }
  }

  private static void frozenUntilItsProbe(Victim victim, List<Held> held) throws IOException {
    try (victim) {
      victim.freeze();
      try {
        releaseAll(held);
        if (!victim.diesWithin(PROBE)) {
          throw new AssertionError("no probe killed what hung for " + PROBE.toSeconds() + " s");
        }
      } finally {
        victim.thaw();
      }
    }
  }

  /** Stops a part of the cluster until the journal says how each of them ends, and longer. */
  private static void outage(Victim part, Duration longer, List<Held> held) throws IOException {
    try (part) {
      part.freeze();
      try {
        releaseAll(held);
        until(OUTAGE, () -> held.stream().allMatch(Held::isDecided));
        pause(longer);
      } finally {
        part.thaw();
      }
    }
  }

  /** While the machine is not as it should be, until each of them is decided, and longer. */
  private static void during(Machine.Trouble trouble, List<Held> held) throws IOException {
    try (trouble) {
      releaseAll(held);
      until(OUTAGE, () -> held.stream().allMatch(Held::isDecided));
      pause(HANG);
    }
  }

  /** A second operator, which knows nothing of the first, from before the release to the end. */
  private void doubled(List<Held> held) throws IOException {
    node.scaleOperator(2);
    try {
      releaseAll(held);
      until(OUTAGE, () -> held.stream().allMatch(Held::isDecided));
      pause(HANG);
    } finally {
      node.scaleOperator(1);
    }
  }

  static void releaseAll(List<Held> held) throws IOException {
    for (Held one : held) {
      one.release();
    }
  }

  private static void pause(Duration time) {
    LockSupport.parkNanos(time.toNanos());
  }

  private static void until(Duration patience, BooleanSupplier condition) {
    long end = System.nanoTime() + patience.toNanos();
    while (!condition.getAsBoolean() && System.nanoTime() - end < 0) {
      LockSupport.parkNanos(20_000_000);
    }
  }
}
