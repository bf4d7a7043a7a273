package dev.moult.e2e.faults;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.e2e.cluster.TestNamespace;
import dev.moult.e2e.guest.GuestServices;
import dev.moult.e2e.scenario.WatchedUpdate;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One virtual machine on which faults are tried one after the other; made again when it is gone.
 */
final class Lane implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final TestNamespace namespace;
  private final Guest guest;
  private final String first;
  private volatile String name;
  private int machines;
  private @Nullable Pulse pulse;
  private int requests;

  Lane(TestNamespace namespace, Guest guest, String name) {
    this.namespace = namespace;
    this.guest = guest;
    this.first = name;
    this.name = name;
  }

  /**
   * The guest before the fault.
   *
   * @param vm as the API has it
   * @param podA the VMM pod that runs it
   * @param boot which boot it is
   */
  record Before(VirtualMachine vm, Pod podA, GuestServices.Uptime boot) {
    String vmUid() {
      return vm.getMetadata().getUid();
    }

    String podAUid() {
      return podA.getMetadata().getUid();
    }
  }

  String name() {
    return name;
  }

  TestNamespace namespace() {
    return namespace;
  }

  Guest guest() {
    return guest;
  }

  /**
   * Leaves the machine, which goes away by itself, for a new one: its run strategy would wait
   * longer after each guest that was lost, and whatever is wrong with it is not the next cell's.
   */
  void leave() throws IOException {
    Pulse held = pulse;
    if (held != null) {
      held.close();
      pulse = null;
    }
    namespace.vm(name).delete();
    name = first + "-" + ++machines;
  }

  /** Makes the machine if it is not there, and does not wait for it. */
  void begin() throws IOException {
    if (namespace.vm(name).get() == null) {
      namespace.apply(guest.manifest(name));
    }
  }

  /** Makes the machine if it is not there and waits until its guest answers. */
  Before ready() throws IOException, InterruptedException {
    begin();
    var vm = namespace.await(name, PATIENCE, seen -> TestNamespace.isTrue(seen, "Ready"));
    var boot = awaitAnswer();
    var held = pulse;
    if (held == null || !held.beatsWithin(Duration.ofSeconds(5))) {
      if (held != null) {
        held.close();
      }
      pulse = new Pulse(services());
    }
    var pod = Objects.requireNonNull(Objects.requireNonNull(vm.getStatus().vmm()).pod());
    return new Before(vm, Objects.requireNonNull(namespace.pod(pod), pod), boot);
  }

  /**
   * Waits until none of its pods is being deleted: a guest that still answers may be about to end.
   */
  void awaitCalm() {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (pods().stream().anyMatch(pod -> pod.getMetadata().getDeletionTimestamp() != null)
        && System.nanoTime() - end < 0) {
      LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
    }
  }

  /** Waits until the guest's services answer: it has booted, or it goes on. */
  GuestServices.Uptime awaitAnswer() throws IOException {
    long end = System.nanoTime() + guest.patience().toNanos();
    while (true) {
      try {
        return services().uptime();
      } catch (IOException | NullPointerException e) {
        if (System.nanoTime() - end > 0) {
          throw new IOException("the guest of " + name + " does not answer", e);
        }
        LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
      }
    }
  }

  GuestServices services() throws IOException {
    return WatchedUpdate.services(namespace.vm(name).require());
  }

  Pulse pulse() {
    return Objects.requireNonNull(pulse);
  }

  /** Asks for a live update; forced, since the image is the one that runs already. */
  LiveUpdate request() {
    return namespace.force(
        "%s-%d-%s".formatted(name, ++requests, Long.toString(System.nanoTime(), 36)), name);
  }

  /** The VMM pods, among them those that are being deleted. */
  List<Pod> vmmPods() {
    return pods(ApiNames.ROLE_VMM);
  }

  List<Pod> anchorPods() {
    return pods(ApiNames.ROLE_ANCHOR);
  }

  /** All pods of the machine, among them those that are being deleted. */
  List<Pod> pods() {
    return Stream.concat(vmmPods().stream(), anchorPods().stream()).toList();
  }

  private List<Pod> pods(String role) {
    return namespace
        .client()
        .pods()
        .inNamespace(namespace.name())
        .withLabel(ApiNames.VM_LABEL, name)
        .withLabel(ApiNames.ROLE_LABEL, role)
        .list()
        .getItems();
  }

  /** The pod that was made for an update. */
  Pod podB(LiveUpdate update) {
    var pods = namespace.client().pods().inNamespace(namespace.name());
    var of = pods.withLabel(ApiNames.UPDATE_UID_LABEL, update.getMetadata().getUid());
    var found = of.list().getItems();
    if (found.isEmpty()) {
      throw new AssertionError("no pod was made for " + update.getMetadata().getName());
    }
    return found.getFirst();
  }

  /** Types on the guest's console. */
  void type(String text) throws IOException {
    namespace.type(name, text);
  }

  /** Deletes the machine and waits until it is gone. */
  void delete() {
    namespace.vm(name).delete();
    namespace
        .vm(name)
        .waitUntilCondition(Objects::isNull, PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() throws IOException {
    if (pulse != null) {
      pulse.close();
    }
  }
}
