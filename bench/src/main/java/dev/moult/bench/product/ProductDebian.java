package dev.moult.bench.product;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.StepName;
import dev.moult.api.v1alpha1.TimelineEntry;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.bench.Steps;
import dev.moult.bench.bare.Blueprint;
import dev.moult.bench.load.Reach;
import dev.moult.e2e.cluster.TestNamespace;
import dev.moult.qemu.machine.FrozenDisk;
import dev.moult.qemu.machine.FrozenMachine;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** Debian from a disk image as a VirtualMachine, at the address of its pod. */
public final class ProductDebian implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /** Of each run on this node: docs/architecture.md, "Journal". */
  private static final Path JOURNAL = Path.of("/run/moult/vms");

  private static final int FIRMWARE_SLOT = 16;
  private static final int FIRST_DISK_SLOT = 30;

  private final TestNamespace namespace;
  private final String name;
  private final Reach reach;
  private final Duration boot;
  private int updates;

  private ProductDebian(TestNamespace namespace, String name, Reach reach, Duration boot) {
    this.namespace = namespace;
    this.name = name;
    this.reach = reach;
    this.boot = boot;
  }

  /**
   * Starts the machine and waits for its guest's ssh.
   *
   * @param manifest of the VirtualMachine and its claim
   */
  public static ProductDebian boot(TestNamespace namespace, String name, String manifest)
      throws IOException, InterruptedException {
    long applied = System.nanoTime();
    namespace.apply(manifest);
    var vm = namespace.await(name, PATIENCE, ProductDebian::hasAddress);
    var address = Objects.requireNonNull(vm.getStatus().address());
    Reach reach = (port, patience) -> connect(new InetSocketAddress(address, port), patience);
    reach.awaitSsh(PATIENCE);
    var took = Duration.ofNanos(System.nanoTime() - applied);
    namespace.await(name, PATIENCE, seen -> TestNamespace.isTrue(seen, "Ready"));
    return new ProductDebian(namespace, name, reach, took);
  }

  private static boolean hasAddress(VirtualMachine vm) {
    return vm.getStatus() != null && vm.getStatus().address() != null;
  }

  private static Socket connect(InetSocketAddress address, Duration patience) throws IOException {
    var socket = new Socket();
    try {
      socket.connect(address, Math.toIntExact(patience.toMillis()));
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** From applying the VirtualMachine until its guest's ssh answered at the pod's address. */
  public Duration boot() {
    return boot;
  }

  /** The way to the guest's ports, by the pod network. */
  public Reach reach() {
    return reach;
  }

  /**
   * The QEMU that runs the guest now.
   *
   * @throws IOException if no process of its pod is on this node
   */
  public long qemuProcess() throws IOException {
    return ProductGuest.qemuProcess(namespace, name);
  }

  /**
   * What a bare twin is made from, by what the node's agent has frozen and by the files that the
   * QEMU has open.
   *
   * @param directory for a copy of the firmware
   */
  public Blueprint blueprint(Path directory) throws IOException {
    var uid = namespace.vm(name).require().getMetadata().getUid();
    var journal = JOURNAL.resolve(uid).resolve("run.json").toFile();
    var machine =
        FrozenMachine.fromJson(new ObjectMapper().readTree(journal).get("machine").toString());
    var open = Path.of("/proc/" + qemuProcess() + "/fd");
    var claim =
        machine.disks().stream()
            .filter(disk -> disk.base() == null && !disk.readOnly())
            .mapToInt(FrozenDisk::index)
            .findFirst()
            .orElseThrow();
    var firmware = Files.createTempFile(directory, "firmware", ".bin");
    Files.write(firmware, Files.readAllBytes(open.resolve("" + FIRMWARE_SLOT)));
    return new Blueprint(
        machine, firmware, Files.size(open.resolve("" + (FIRST_DISK_SLOT + 2 * claim))));
  }

  /**
   * Replaces its QEMU by a live update with {@code force}.
   *
   * @return the steps of a bare handoff, by the wall clock
   * @throws IOException when it did not complete
   */
  public Steps update() throws IOException, InterruptedException {
    var update = name + "-" + ++updates;
    var status =
        Objects.requireNonNull(
            namespace.update(name, PATIENCE, () -> namespace.force(update, name)).getStatus());
    if (status.phase() != LiveUpdatePhase.COMPLETED) {
      throw new IOException(
          "%s ended %s, %s: %s"
              .formatted(update, status.phase(), status.reason(), status.message()));
    }
    var steps = new Steps();
    for (var step : StepName.values()) {
      status.timeline().stream()
          .filter(entry -> entry.step().equals(step.value()))
          .map(TimelineEntry::at)
          .filter(Objects::nonNull)
          .forEach(at -> steps.reached(step, ChronoUnit.MICROS.between(Instant.EPOCH, at)));
    }
    namespace.await(name, PATIENCE, seen -> TestNamespace.isTrue(seen, "Ready"));
    return steps;
  }

  @Override
  public void close() {
    namespace.vm(name).delete();
    namespace
        .vm(name)
        .waitUntilCondition(Objects::isNull, PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
  }
}
