package dev.moult.e2e.hostile;

import dev.moult.e2e.cluster.Console;
import dev.moult.e2e.cluster.ExampleVm;
import dev.moult.e2e.cluster.TestNamespace;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientTimeoutException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** Where attacks take place: a namespace, the node's agent, and a guest that must not notice. */
final class Field implements AutoCloseable {
  static final String HOSTILE = "moult.local/hostile:dev";
  static final String OLD = "moult.local/qemu:10.0.2";
  static final String NEW = "moult.local/qemu:11.1.3";

  private static final Duration PATIENCE = Duration.ofSeconds(150);
  private static final String BYSTANDER = "bystander";

  private final Path checkout;
  private final TestNamespace namespace;
  private final NodeAgent agent;
  private final Bystander bystander;
  private final Map<String, Console> logs = new HashMap<>();

  Field(KubernetesClient client, Path checkout, String name)
      throws IOException, InterruptedException {
    this.checkout = checkout;
    this.namespace = TestNamespace.create(client, name);
    this.agent = new NodeAgent(client);
    apply(BYSTANDER, NEW, "");
    this.bystander = Bystander.of(namespace, BYSTANDER);
  }

  TestNamespace namespace() {
    return namespace;
  }

  NodeAgent agent() {
    return agent;
  }

  Bystander bystander() {
    return bystander;
  }

  /**
   * Applies a virtual machine of 128 MiB, with the example's share of the processors; a hostile one
   * asks for a quarter of that.
   *
   * @param image of its VMM
   * @param kernelPath another than the example's, from the hostile image; empty: the example's
   */
  void apply(String name, String image, String kernelPath) throws IOException {
    String request = name.equals(BYSTANDER) ? "request: 200m" : "request: 50m";
    namespace.apply(
        ExampleVm.manifest(
            checkout,
            name,
            yaml -> {
              String changed =
                  yaml.replace("size: 512Mi", "size: 128Mi")
                      .replace("request: 200m", request)
                      .replace(
                          "terminationGracePeriodSeconds: 20", "terminationGracePeriodSeconds: 1")
                      .replace(OLD, image);
              return kernelPath.isEmpty()
                  ? changed
                  : changed
                      .replace("image: moult.local/guest:dev", "image: " + HOSTILE)
                      .replace("kernelPath: /boot/vmlinuz", "kernelPath: " + kernelPath);
            }));
  }

  /** A hostile image's pod says something in its log. */
  String says(String vm, Predicate<String> wanted) throws InterruptedException {
    return saysIn(vm + "-vmm-1", wanted);
  }

  String saysIn(String pod, Predicate<String> wanted) throws InterruptedException {
    var log =
        logs.computeIfAbsent(
            pod,
            name -> {
              var unused =
                  namespace
                      .client()
                      .pods()
                      .inNamespace(namespace.name())
                      .withName(name)
                      .waitUntilCondition(Field::hasBegun, PATIENCE.toSeconds(), TimeUnit.SECONDS);
              return Console.followPod(namespace.client(), namespace.name(), name, "vmm");
            });
    return log.await(PATIENCE, wanted).replace("hostile: ", "");
  }

  private static boolean hasBegun(Pod pod) {
    return pod != null && pod.getStatus() != null && !"Pending".equals(pod.getStatus().getPhase());
  }

  /** All that a hostile pod has said until now. */
  List<String> said(String vm) {
    var log = logs.get(vm + "-vmm-1");
    return log == null ? List.of() : log.lines();
  }

  /** The uid of a pod that is there. */
  String uidOf(String pod) {
    return Objects.requireNonNull(namespace.pod(pod), pod).getMetadata().getUid();
  }

  /** Fails when anybody but the attacker was harmed. */
  void requireNobodyHarmed() throws IOException {
    agent.requireUnharmed();
    bystander.requireUnharmed();
  }

  /** Removes virtual machines, hostile or not, and waits until they are gone. */
  void remove(Collection<String> vms) {
    vms.forEach(vm -> namespace.vm(vm).delete());
    for (String vm : vms) {
      try {
        var unused =
            namespace
                .vm(vm)
                .waitUntilCondition(Objects::isNull, PATIENCE.toSeconds(), TimeUnit.SECONDS);
      } catch (KubernetesClientTimeoutException e) {
        throw new AssertionError(vm + " was deleted and is not gone", e);
      }
      for (String pod : List.copyOf(logs.keySet())) {
        if (pod.startsWith(vm + "-vmm-")) {
          Objects.requireNonNull(logs.remove(pod)).close();
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    bystander.close();
    agent.close();
    logs.values().forEach(Console::close);
    namespace.delete();
  }
}
