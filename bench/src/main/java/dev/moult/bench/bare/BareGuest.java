package dev.moult.bench.bare;

import dev.moult.api.v1alpha1.StepName;
import dev.moult.api.v1alpha1.VirtualMachineSpec;
import dev.moult.bench.Steps;
import dev.moult.e2e.guest.UdpPing;
import dev.moult.linux.Deadline;
import dev.moult.linux.LinuxException;
import dev.moult.linux.Poll;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.file.Inotify;
import dev.moult.linux.net.NetworkNamespace;
import dev.moult.qemu.machine.Role;
import dev.moult.qemu.qmp.MigrationChannel;
import dev.moult.qemu.qmp.QmpClient;
import dev.moult.qemu.qmp.QmpEvent;
import dev.moult.qemu.qmp.QmpEvents;
import dev.moult.qemu.qmp.QmpException;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One guest that is handed from QEMU to QEMU: what was B in one handoff is A in the next. */
public final class BareGuest implements AutoCloseable {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Duration BOOT = Duration.ofMinutes(3);
  private static final String MAIN = "main.sock";
  private static final String CPR = "cpr.sock";

  /** The guest's own, by the kernel arguments of the example. */
  private static final String ADDRESS = "10.0.2.2";

  private final Path checkout;
  private final Path directory;
  private final String version;
  private final BareMachine machine;
  private final @Nullable CpuGroup weight;
  private final BareConsole console;
  private BareQemu qemu;
  private QmpClient monitor;

  private BareGuest(
      Path checkout, Path directory, String version, BareMachine machine, @Nullable CpuGroup weight)
      throws IOException, InterruptedException {
    this.checkout = checkout;
    this.directory = directory;
    this.version = version;
    this.machine = machine;
    this.weight = weight;
    this.console = new BareConsole(machine.console());
    this.qemu = start(new Role.Start());
    this.monitor = qemu.qmp();
  }

  /**
   * Boots the guest and waits until it has written its memory pattern.
   *
   * @param checkout where the repository is
   * @param directory for logs and sockets
   * @param version of QEMU, as its image is tagged
   * @param spec of the VirtualMachine that this guest is the bare twin of
   * @param guestRoot root of the guest image's files
   * @param weight each QEMU's share of the CPUs; null for that of a plain process
   */
  public static BareGuest boot(
      Path checkout,
      Path directory,
      String version,
      VirtualMachineSpec spec,
      Path guestRoot,
      @Nullable CpuGroup weight)
      throws Exception {
    var guest =
        new BareGuest(checkout, directory, version, BareMachine.of(spec, guestRoot), weight);
    guest.monitor.cont();
    guest.console.await(BOOT, line -> line.startsWith("pattern mb="));
    return guest;
  }

  /**
   * One handoff.
   *
   * @param steps the steps that a bare handoff has too, by the wall clock; VmmLaunched is the
   *     moment before {@code migrate}
   * @param pauseMicros STOP to RESUME, by the QEMUs' stamps
   * @param ping from before B's start to after the handoff; nobody mends the tap's header here, so
   *     some are always lost
   */
  public record Handoff(Steps steps, long pauseMicros, UdpPing.Result ping) {}

  /** Hands the guest to a fresh QEMU, pinged as a product's guest is, and kills the old one. */
  public Handoff handOff() throws Exception {
    // The two threads of this ping end with it, so none is left in the guest's namespace.
    try (var ping =
        NetworkNamespace.call(
            machine.namespace(), () -> UdpPing.start(InetAddress.getByName(ADDRESS)))) {
      var next = startIncoming();
      var steps = handOff(next);
      var pause = steps.between(StepName.GUEST_STOPPED, StepName.GUEST_RESUMED).orElseThrow();
      return new Handoff(steps, pause, ping.stop());
    }
  }

  private Steps handOff(BareQemu next) throws Exception {
    var steps = new Steps();
    var a = monitor;
    a.enableHandoffCapabilities();
    a.setMigrationMode("cpr-transfer");
    QmpEvents.Cursor ofA = a.events().fromNow();
    steps.reached(StepName.VMM_LAUNCHED, now());
    // B's own socket: nothing stands between the two.
    migrate(a);
    var b = next.qmp();
    steps.reached(StepName.QMP_READY, now());
    QmpEvents.Cursor ofB = b.events().fromStart();
    b.enableHandoffCapabilities();
    b.migrateIncoming(machine.meeting(MAIN));
    steps.reached(StepName.INCOMING_READY, now());
    QmpEvent stop = ofA.await("STOP", SOON);
    completed(ofA, a);
    completed(ofB, b);
    steps.reached(StepName.STATE_SENT, now());
    b.cont();
    QmpEvent resume = ofB.await("RESUME", SOON);
    qemu.kill();
    steps.reached(StepName.OLD_VMM_KILLED, now());
    steps.reached(StepName.GUEST_STOPPED, stop.timestampMicros());
    steps.reached(StepName.GUEST_RESUMED, resume.timestampMicros());
    a.close();
    qemu.close();
    qemu = next;
    monitor = b;
    return steps;
  }

  /**
   * Waits until the guest has compared its memory once more.
   *
   * @throws IOException if it does not, or words were wrong then or ever before
   */
  public void verify() throws IOException, InterruptedException {
    Predicate<String> verdict = line -> line.startsWith("verify mb=");
    var unused = console.awaitNext(BOOT, verdict);
    var damaged =
        console.lines().stream().filter(verdict).filter(line -> !line.endsWith(" bad=0")).toList();
    if (!damaged.isEmpty()) {
      throw new IOException("the bare guest's memory is damaged: " + damaged);
    }
  }

  /** A connects once: it is asked again while B's socket has its name and nobody listens on it. */
  private void migrate(QmpClient a) throws Exception {
    var deadline = Deadline.in(SOON);
    while (true) {
      try {
        a.migrate(
            MigrationChannel.main(machine.meeting(MAIN)),
            MigrationChannel.cpr(machine.meeting(CPR)));
        return;
      } catch (QmpException.Refused e) {
        if (!e.description().contains("Connection refused") || deadline.isPassed()) {
          throw e;
        }
      }
    }
  }

  /** Starts B and waits until its socket for A's descriptors has a name. */
  private BareQemu startIncoming() throws IOException, InterruptedException {
    for (var name : List.of(MAIN, CPR)) {
      var unused = FileControl.unlinkIfThere(machine.meet(), name);
    }
    try (var watch = Inotify.open()) {
      var unused = watch.watch(machine.meet(), Set.of(Inotify.Kind.CREATED));
      var next = start(new Role.Incoming(CPR));
      var deadline = Deadline.in(SOON);
      int[] ready =
          Poll.await(
              List.of(Poll.Watch.readable(watch.fd()), Poll.Watch.readable(next.ended())),
              deadline);
      if (ready[0] == 0) {
        next.close();
        throw new IOException("the new QEMU does not listen; it said: " + next.said());
      }
      return next;
    }
  }

  private BareQemu start(Role role) throws IOException {
    return BareQemu.start(
        checkout,
        directory,
        version,
        machine.argv(role),
        machine.descriptors(),
        machine.qmpSlot(),
        weight);
  }

  private static void completed(QmpEvents.Cursor events, QmpClient qemu) throws Exception {
    QmpEvent end =
        events.await(event -> event.isMigration("completed") || event.isMigration("failed"), SOON);
    if (!end.isMigration("completed")) {
      throw new IOException("handoff failed: " + qemu.queryMigrate().errorDescription());
    }
  }

  private static long now() {
    var now = Instant.now();
    return now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
  }

  @Override
  public void close() throws Exception {
    monitor.close();
    try {
      qemu.kill();
    } catch (LinuxException gone) {
      // it has ended by itself
    }
    qemu.close();
    console.close();
    machine.close();
  }
}
