package dev.moult.bench.bare;

import dev.moult.api.v1alpha1.StepName;
import dev.moult.api.v1alpha1.VirtualMachineSpec;
import dev.moult.bench.Steps;
import dev.moult.e2e.guest.UdpPing;
import dev.moult.linux.net.NetworkNamespace;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Predicate;

/** The example's guest, handed from QEMU to QEMU. */
public final class BareGuest implements AutoCloseable {
  private static final Duration BOOT = Duration.ofMinutes(3);

  private final BareMachine machine;
  private final BareConsole console;
  private final BareChain chain;

  private BareGuest(BareQemu.Launch launch, BareMachine machine)
      throws IOException, InterruptedException {
    this.machine = machine;
    this.console = new BareConsole(machine.console());
    this.chain = new BareChain(launch, machine);
  }

  /**
   * Boots the guest and waits until it has written its memory pattern.
   *
   * @param spec of the VirtualMachine that this guest is the bare twin of
   * @param guestRoot root of the guest image's files
   */
  public static BareGuest boot(BareQemu.Launch launch, VirtualMachineSpec spec, Path guestRoot)
      throws Exception {
    var guest = new BareGuest(launch, BareMachine.of(spec, guestRoot));
    guest.chain.cont();
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
            machine.namespace(),
            () -> UdpPing.start(InetAddress.getByName(BareMachine.GUEST_ADDRESS)))) {
      var steps = chain.handOff();
      var pause = steps.between(StepName.GUEST_STOPPED, StepName.GUEST_RESUMED).orElseThrow();
      return new Handoff(steps, pause, ping.stop());
    }
  }

  /**
   * One rest.
   *
   * @param stopMicros from the guest's stop until its state was saved, by QEMU's stamps
   * @param resumeMicros from the launch of the next QEMU until the guest ran
   */
  public record Rest(long stopMicros, long resumeMicros) {}

  /** Puts the guest aside, kills its QEMU, and takes it up again. */
  public Rest rest(Path directory) throws Exception {
    return chain.rest(directory);
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

  @Override
  public void close() throws Exception {
    chain.close();
    console.close();
    machine.close();
  }
}
