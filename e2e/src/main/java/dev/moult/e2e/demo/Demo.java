package dev.moult.e2e.demo;

import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.LiveUpdateStatus;
import dev.moult.api.v1alpha1.TimelineEntry;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.e2e.cluster.NodeView;
import dev.moult.e2e.cluster.TestNamespace;
import dev.moult.e2e.scenario.WatchedUpdate;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Locale;
import java.util.Objects;

/**
 * {@code make demo}: boots the example guest under QEMU 10.0.2, uses it, has its QEMU replaced by
 * 11.1.3 and prints what became of it. Exits with 1 if any claim does not hold.
 */
public final class Demo {
  private static final String NAMESPACE = "moult-demo";
  private static final String VM = "web";
  private static final String NEW_IMAGE = "moult.local/qemu:11.1.3";
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final long MIB = 1 << 20;

  private final PrintStream out = System.out;
  private final KubernetesClient client;
  private final TestNamespace namespace;
  private final Claims claims = new Claims();

  private Demo(KubernetesClient client) {
    this.client = client;
    this.namespace = TestNamespace.create(client, NAMESPACE);
  }

  /** Runs the demo; the one argument is the manifest of the virtual machine. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    try (var client = new KubernetesClientBuilder().build()) {
      var demo = new Demo(client);
      demo.run(Path.of(arguments[0]));
      System.exit(demo.claims.allHold() ? 0 : 1);
    }
  }

  private void run(Path manifest) throws IOException, InterruptedException {
    removeLeftover();
    boot(manifest);
    try (var watched = new WatchedUpdate(namespace, VM)) {
      say("kubectl patch: spec.vmm.image %s", NEW_IMAGE);
      judge(watched.run(() -> namespace.setImage(VM, NEW_IMAGE)));
    }
    residentMemory();
    out.println();
    claims.print(out);
    out.println();
    if (claims.allHold()) {
      out.printf(
          "The guest is still running. Look at it:%n"
              + "  export KUBECONFIG=$(dev/cluster/cluster kubeconfig) PATH=$(dev/cluster/cluster"
              + " binaries):$PATH%n"
              + "  kubectl -n %1$s get mvm,lu -o wide%n"
              + "  kubectl -n %1$s logs -f %2$s-anchor%n"
              + "  kubectl -n %1$s attach -it %2$s-anchor%n"
              + "make cluster-down removes everything.%n",
          NAMESPACE, VM);
    } else {
      out.println("At least one claim did not hold.");
    }
  }

  private void removeLeftover() {
    if (namespace.vm(VM).get() != null) {
      say("removing the virtual machine of an earlier demo");
      for (var update : namespace.updatesOf(VM)) {
        namespace.update(update.getMetadata().getName()).delete();
      }
      namespace.vm(VM).delete();
      namespace
          .vm(VM)
          .waitUntilCondition(
              Objects::isNull, PATIENCE.toSeconds(), java.util.concurrent.TimeUnit.SECONDS);
    }
  }

  private void boot(Path manifest) throws IOException, InterruptedException {
    say("kubectl apply: VirtualMachine %s, QEMU 10.0.2", VM);
    long applied = System.nanoTime();
    namespace.apply(Files.readString(manifest));
    namespace.await(VM, PATIENCE, TestNamespace::guestRuns);
    var toRunning = Duration.ofNanos(System.nanoTime() - applied);
    var vm = namespace.await(VM, PATIENCE, seen -> TestNamespace.isTrue(seen, "Ready"));
    say(
        "QEMU runs on node %s after %s; waiting for the guest to come up",
        Objects.requireNonNullElse(vm.getStatus().nodeName(), "?"), seconds(toRunning));
    namespace.awaitUp(VM, PATIENCE);
    claims.claim(
        "apply VirtualMachine → QEMU running",
        seconds(toRunning),
        "≤ 3 s",
        toRunning.toMillis() <= 3_000);
  }

  private void judge(WatchedUpdate.Result seen) {
    var status = Objects.requireNonNull(seen.update().getStatus());
    timeline(status);
    claims.claim(
        "live update",
        status.phase() + (status.reason() == null ? "" : " " + status.reason()),
        "COMPLETED",
        status.phase() == LiveUpdatePhase.COMPLETED);
    claims.claim(
        "QEMU before → after",
        version(seen.before()) + " → " + version(seen.after()),
        "10.0.2 → 11.1.3",
        version(seen.before()).startsWith("10.0.2") && version(seen.after()).startsWith("11.1.3"));
    claims.claim(
        "guest uptime across the update",
        String.format(
            Locale.ROOT,
            "%.1f s → %.1f s",
            seen.uptimeBefore().seconds(),
            seen.uptimeAfter().seconds()),
        "same boot",
        seen.sameGuest());
    claims.fact("pause (STOP → RESUME)", Objects.requireNonNullElse(status.pause(), "none"));
    claims.claim(
        "change of the spec → Completed",
        seconds(seen.applyToEnd()),
        "≤ 3 s",
        seen.applyToEnd().toMillis() <= 3_000);
    claims.claim(
        "guest memory verified",
        seen.memory().megabytes() + " MiB, " + seen.memory().bad() + " bad",
        "0 bad",
        seen.memory().megabytes() > 0 && seen.memory().bad() == 0);
    claims.claim(
        "TCP connection",
        seen.connectionAlive() ? "alive" : "broken",
        "alive",
        seen.connectionAlive());
    claims.claim(
        "UDP ping each 2 ms",
        seen.ping().lost() + " of " + seen.ping().sent() + " lost",
        "≤ 5 lost",
        seen.ping().lost() <= 5);
    claims.claim(
        "memory file (inode)",
        seen.ramInodeBefore() + " → " + seen.ramInodeAfter(),
        "the same",
        seen.ramInodeBefore() == seen.ramInodeAfter());
    claims.claim(
        "node's shared memory grew by",
        mebibytes(seen.shmemGrowth()),
        "< 16 MiB",
        seen.shmemGrowth() < 16 * MIB);
    claims.claim(
        "address",
        seen.before().getStatus().address() + " → " + seen.after().getStatus().address(),
        "the same",
        Objects.equals(seen.before().getStatus().address(), seen.after().getStatus().address()));
  }

  private void timeline(LiveUpdateStatus status) {
    out.println();
    status.timeline().stream()
        .sorted(
            Comparator.comparing(
                TimelineEntry::offsetMicros, Comparator.nullsLast(Comparator.naturalOrder())))
        .forEach(step -> out.printf("  %10s  %s%n", step.offset(), step.step()));
  }

  private void residentMemory() throws IOException {
    long agent = 0;
    long operator = 0;
    for (var pod : client.pods().inNamespace("moult-system").list().getItems()) {
      long bytes = NodeView.residentBytes(pod.getMetadata().getUid());
      if (component(pod).equals("node-agent")) {
        agent += bytes;
      } else if (component(pod).equals("operator")) {
        operator += bytes;
      }
    }
    claims.claim(
        "resident memory: agent and broker", mebibytes(agent), "≤ 260 MiB", agent <= 260 * MIB);
    claims.claim(
        "resident memory: operator", mebibytes(operator), "≤ 250 MiB", operator <= 250 * MIB);
  }

  private static String component(Pod pod) {
    var labels = pod.getMetadata().getLabels();
    return labels == null ? "" : labels.getOrDefault("app.kubernetes.io/component", "");
  }

  private static String version(VirtualMachine vm) {
    var vmm = vm.getStatus().vmm();
    return vmm == null || vmm.qemuVersion() == null ? "unknown" : vmm.qemuVersion();
  }

  private static String seconds(Duration duration) {
    return String.format(Locale.ROOT, "%.2f s", duration.toNanos() / 1e9);
  }

  private static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%.0f MiB", (double) bytes / MIB);
  }

  private void say(String format, Object... arguments) {
    out.printf("demo: " + format + "%n", arguments);
  }
}
