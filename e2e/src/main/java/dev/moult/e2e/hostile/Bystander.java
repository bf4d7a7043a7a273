package dev.moult.e2e.hostile;

import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.LiveUpdateStatus;
import dev.moult.api.v1alpha1.StepName;
import dev.moult.e2e.cluster.Console;
import dev.moult.e2e.cluster.TestNamespace;
import dev.moult.e2e.guest.EchoConnection;
import dev.moult.e2e.guest.GuestServices;
import dev.moult.e2e.scenario.WatchedUpdate;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;

/** A guest that has nothing to do with all this: it must not notice. */
final class Bystander implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final TestNamespace namespace;
  private final String name;
  private final GuestServices guest;
  private final EchoConnection connection;
  private final String bootId;
  private int updates;

  private Bystander(TestNamespace namespace, String name, GuestServices guest) throws IOException {
    this.namespace = namespace;
    this.name = name;
    this.guest = guest;
    this.connection = guest.connect();
    this.bootId = guest.uptime().bootId();
  }

  /** A guest whose virtual machine was applied before: waits until it has written its pattern. */
  static Bystander of(TestNamespace namespace, String name)
      throws IOException, InterruptedException {
    var vm =
        namespace.await(
            name,
            PATIENCE,
            seen ->
                TestNamespace.isTrue(seen, "Ready")
                    && Objects.requireNonNull(seen.getStatus()).address() != null);
    try (var console = Console.follow(namespace, name)) {
      console.await(PATIENCE, line -> line.startsWith("pattern mb="));
    }
    return new Bystander(namespace, name, WatchedUpdate.services(vm));
  }

  String name() {
    return name;
  }

  /** Fails when the guest is not the one it was, or anything of it broke. */
  void requireUnharmed() throws IOException {
    if (!connection.echoes()) {
      throw new AssertionError(name + "'s connection does not echo");
    }
    if (!guest.uptime().bootId().equals(bootId)) {
      throw new AssertionError(name + " was booted anew");
    }
    var memory = guest.verify();
    if (memory.bad() != 0 || memory.megabytes() == 0) {
      throw new AssertionError(name + "'s memory is not what it wrote: " + memory);
    }
  }

  /**
   * A live update that completed.
   *
   * @param pauseMicros the guest's standstill
   * @param handoffMicros from the new VMM's dialling to the old one's death: Moult's own part
   * @param wallMicros from the request to the end: with all that cluster and node have to do
   */
  record Measured(long pauseMicros, long handoffMicros, long wallMicros) {}

  /** Replaces its QEMU by a process of the same image. */
  Measured update() {
    String update = name + "-" + ++updates;
    long began = System.nanoTime();
    namespace.apply(
        """
        apiVersion: moult.dev/v1alpha1
        kind: LiveUpdate
        metadata:
          name: %s
        spec:
          virtualMachine: %s
          force: true
        """
            .formatted(update, name));
    var ended = namespace.awaitUpdate(update, PATIENCE, TestNamespace::ended);
    long took = (System.nanoTime() - began) / 1_000;
    var status = Objects.requireNonNull(ended.getStatus());
    if (status.phase() != LiveUpdatePhase.COMPLETED || status.pauseMicros() == null) {
      throw new AssertionError(update + " ended " + status.phase() + ": " + status.message());
    }
    return new Measured(
        status.pauseMicros(),
        offset(status, StepName.OLD_VMM_KILLED) - offset(status, StepName.VMM_DIALLED),
        took);
  }

  private static long offset(LiveUpdateStatus status, StepName step) {
    return status.timeline().stream()
        .filter(entry -> entry.step().equals(step.value()))
        .mapToLong(entry -> Objects.requireNonNull(entry.offsetMicros()))
        .findFirst()
        .orElseThrow(() -> new AssertionError("the update has no step " + step));
  }

  @Override
  public void close() throws IOException {
    connection.close();
  }
}
