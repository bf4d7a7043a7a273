package dev.moult.e2e.cluster;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.ConditionStatus;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.VirtualMachine;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.ExecWatch;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A namespace that enforces {@code restricted}, with the verbs that a user of Moult has in it. */
public final class TestNamespace {
  private final KubernetesClient client;
  private final String name;

  private TestNamespace(KubernetesClient client, String name) {
    this.client = client;
    this.name = name;
  }

  /** Makes the namespace, or uses the one that is there. */
  public static TestNamespace create(KubernetesClient client, String name) {
    client
        .resource(
            new NamespaceBuilder()
                .withNewMetadata()
                .withName(name)
                .addToLabels("pod-security.kubernetes.io/enforce", "restricted")
                .endMetadata()
                .build())
        .serverSideApply();
    return new TestNamespace(client, name);
  }

  /** A virtual machine's pods: its anchor and its VMMs. */
  public List<Pod> podsOf(String vm) {
    return client.pods().inNamespace(name).withLabel(ApiNames.VM_LABEL, vm).list().getItems();
  }

  public String name() {
    return name;
  }

  public KubernetesClient client() {
    return client;
  }

  /**
   * Removes all virtual machines, waits until they are powered down and gone, then removes the
   * namespace.
   */
  public void delete() {
    patiently(() -> updates().delete());
    patiently(() -> machines().delete());
    for (var vm : machines().list().getItems()) {
      machines().resource(vm).waitUntilCondition(Objects::isNull, 3, TimeUnit.MINUTES);
    }
    client.namespaces().withName(name).delete();
    client.namespaces().withName(name).waitUntilCondition(Objects::isNull, 2, TimeUnit.MINUTES);
  }

  /** An API server that has just been away, or has much to delete, may not answer at once. */
  private static void patiently(Runnable request) {
    for (int i = 0; i < 5; i++) {
      try {
        request.run();
        return;
      } catch (KubernetesClientException e) {
        System.err.println("asking again: " + e.getMessage());
      }
    }
    request.run();
  }

  private NonNamespaceOperation<
          VirtualMachine, KubernetesResourceList<VirtualMachine>, Resource<VirtualMachine>>
      machines() {
    return client.resources(VirtualMachine.class).inNamespace(name);
  }

  private NonNamespaceOperation<
          LiveUpdate, KubernetesResourceList<LiveUpdate>, Resource<LiveUpdate>>
      updates() {
    return client.resources(LiveUpdate.class).inNamespace(name);
  }

  /** Applies manifests, as {@code kubectl apply -f} does. */
  public void apply(String yaml) {
    client
        .load(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)))
        .inNamespace(name)
        .resources()
        .forEach(resource -> resource.forceConflicts().serverSideApply());
  }

  /** Changes fields of a virtual machine, as {@code kubectl patch --type merge} does. */
  public void patch(String vm, String json) {
    vm(vm).patch(PatchContext.of(PatchType.JSON_MERGE), json);
  }

  /**
   * Applies the manifest of a virtual machine with the example's guest, and waits until it is Ready
   * and its guest is up.
   */
  public VirtualMachine boot(String vm, String manifest, Duration patience)
      throws InterruptedException {
    apply(manifest);
    var ready = await(vm, patience, seen -> isTrue(seen, "Ready"));
    awaitUp(vm, patience);
    return ready;
  }

  /** Waits until the example's guest says on its console that it is up. */
  public void awaitUp(String vm, Duration patience) throws InterruptedException {
    try (var console = Console.follow(this, vm)) {
      console.await(patience, line -> line.contains("GUEST UP"));
    }
  }

  /** The virtual machine of that name, to look at or change. */
  public Resource<VirtualMachine> vm(String vm) {
    return machines().withName(vm);
  }

  /** The live update of that name. */
  public Resource<LiveUpdate> update(String update) {
    return updates().withName(update);
  }

  /** The live updates of a virtual machine. */
  public List<LiveUpdate> updatesOf(String vm) {
    return updates().list().getItems().stream()
        .filter(update -> update.getSpec().virtualMachine().equals(vm))
        .toList();
  }

  /** Changes the VMM image that a virtual machine wishes for. */
  public void setImage(String vm, String image) {
    patch(vm, "{\"spec\":{\"vmm\":{\"image\":\"" + image + "\"}}}");
  }

  /** Has the guest of a virtual machine started anew. */
  public void restart(String vm) {
    patch(vm, "{\"spec\":{\"restartRequestedAt\":\"" + Instant.now() + "\"}}");
  }

  /** Waits for a virtual machine to be as described. */
  public VirtualMachine await(String vm, Duration patience, Predicate<VirtualMachine> wanted) {
    return vm(vm)
        .waitUntilCondition(
            seen -> seen != null && wanted.test(seen), patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Waits for a live update to be as described. */
  public LiveUpdate awaitUpdate(String update, Duration patience, Predicate<LiveUpdate> wanted) {
    return update(update)
        .waitUntilCondition(
            seen -> seen != null && wanted.test(seen), patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Waits until a virtual machine has some live update as described. */
  public LiveUpdate awaitUpdateOf(String vm, Duration patience, Predicate<LiveUpdate> wanted) {
    var found =
        updates()
            .informOnCondition(seen -> seen.stream().anyMatch(u -> isOf(u, vm) && wanted.test(u)));
    try {
      return found.get(patience.toMillis(), TimeUnit.MILLISECONDS).stream()
          .filter(update -> isOf(update, vm) && wanted.test(update))
          .findFirst()
          .orElseThrow();
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError("no such LiveUpdate of " + vm + "; there are " + updatesOf(vm), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    } finally {
      found.cancel(true);
    }
  }

  /** Asks for a live update that replaces QEMU even if nothing differs. */
  public LiveUpdate force(String update, String vm) {
    var wish =
        Serialization.unmarshal(
            """
            apiVersion: moult.dev/v1alpha1
            kind: LiveUpdate
            metadata: {name: %s}
            spec: {virtualMachine: %s, force: true}
            """
                .formatted(update, vm),
            LiveUpdate.class);
    return client.resource(wish).inNamespace(name).create();
  }

  /**
   * Asks for a live update and waits for its end, whatever that is.
   *
   * @param request a change of the spec, or a new LiveUpdate
   */
  public LiveUpdate update(String vm, Duration patience, Runnable request) {
    var known =
        updatesOf(vm).stream().map(u -> u.getMetadata().getUid()).collect(Collectors.toSet());
    request.run();
    return awaitUpdateOf(vm, patience, u -> !known.contains(u.getMetadata().getUid()) && ended(u));
  }

  /** Types on a guest's console, as {@code kubectl attach} does. */
  public void type(String vm, String text) throws IOException {
    try (ExecWatch watch =
        client
            .pods()
            .inNamespace(name)
            .withName(vm + "-anchor")
            .inContainer("anchor")
            .redirectingInput()
            .writingOutput(new ByteArrayOutputStream())
            .attach()) {
      var input = watch.getInput();
      input.write(text.getBytes(StandardCharsets.US_ASCII));
      input.flush();
      // The line leaves with the connection's next turn; hanging up at once would drop it.
      LockSupport.parkNanos(Duration.ofMillis(300).toNanos());
    }
  }

  /**
   * What a command in a pod's first container prints.
   *
   * @throws AssertionError if it fails
   */
  public String exec(String pod, String... command) throws InterruptedException {
    var output = new ByteArrayOutputStream();
    try (ExecWatch watch =
        client.pods().inNamespace(name).withName(pod).writingOutput(output).exec(command)) {
      int code = watch.exitCode().get(1, TimeUnit.MINUTES);
      if (code != 0) {
        throw new AssertionError(List.of(command) + " in " + pod + " ended with " + code);
      }
      return output.toString(StandardCharsets.UTF_8);
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError(List.of(command) + " in " + pod, e);
    }
  }

  /** The first name server that pods are told, as the kubelet wrote it for a machine's anchor. */
  public String nameServer(String vm) throws InterruptedException {
    return exec(vm + "-anchor", "cat", "/etc/resolv.conf")
        .lines()
        .filter(line -> line.startsWith("nameserver "))
        .map(line -> line.substring("nameserver ".length()).strip())
        .findFirst()
        .orElseThrow();
  }

  /** A pod by its name, or null. */
  public @Nullable Pod pod(String pod) {
    return client.pods().inNamespace(name).withName(pod).get();
  }

  /** The events about an object. */
  public List<Event> events(String kind, String object) {
    return client
        .v1()
        .events()
        .inNamespace(name)
        .withField("involvedObject.kind", kind)
        .withField("involvedObject.name", object)
        .list()
        .getItems();
  }

  /** Whether the guest runs, by the word of its node's agent. */
  public static boolean guestRuns(VirtualMachine vm) {
    var status = vm.getStatus();
    return status != null && status.guest() != null && status.guest().state() == GuestState.RUNNING;
  }

  /** Whether a condition is True for the generation that the object has now. */
  public static boolean isTrue(VirtualMachine vm, String condition) {
    return vm.getStatus() != null
        && vm.getStatus().conditions().stream()
            .anyMatch(c ->
                c.type().equals(condition)
                    && c.status() == ConditionStatus.TRUE
                    && (c.observedGeneration() == null
                        || c.observedGeneration() >= vm.getMetadata().getGeneration()));
  }

  /** Whether a live update has ended, one way or another. */
  public static boolean ended(LiveUpdate update) {
    var phase = phase(update);
    return phase != null
        && switch (phase) {
          case COMPLETED, ROLLED_BACK, REFUSED, FAILED -> true;
          case PENDING, PREPARING, CHECKING, TRANSFERRING, COMMITTING -> false;
        };
  }

  /** The phase of a live update; null before anybody has looked at it. */
  public static @Nullable LiveUpdatePhase phase(LiveUpdate update) {
    return update.getStatus() == null ? null : update.getStatus().phase();
  }

  private static boolean isOf(LiveUpdate update, String vm) {
    return update.getSpec().virtualMachine().equals(vm);
  }
}
