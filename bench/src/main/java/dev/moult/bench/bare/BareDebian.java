package dev.moult.bench.bare;

import dev.moult.bench.Steps;
import dev.moult.bench.load.Reach;
import dev.moult.linux.net.NetworkNamespace;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;

/** Debian from a disk image in a machine that the product has frozen, without the product. */
public final class BareDebian implements AutoCloseable {
  private static final Duration BOOT = Duration.ofMinutes(5);

  private final BareMachine machine;
  private final BareConsole console;
  private final BareChain chain;
  private Duration boot = Duration.ZERO;

  private BareDebian(BareQemu.Launch launch, BareMachine machine)
      throws IOException, InterruptedException {
    this.machine = machine;
    this.console = new BareConsole(machine.console());
    this.chain = new BareChain(launch, machine);
  }

  /**
   * Boots the guest and waits for its ssh.
   *
   * @param blueprint of the product's guest
   * @param image Debian's disk, to lie beneath an overlay
   * @param userData what cloud-init does at the first boot
   */
  public static BareDebian boot(
      BareQemu.Launch launch, Blueprint blueprint, Path image, String userData) throws Exception {
    var disks = BareDisks.make(launch.directory(), blueprint, image, userData);
    var guest =
        new BareDebian(launch, BareMachine.of(blueprint.machine(), blueprint.firmware(), disks));
    boolean up = false;
    try {
      guest.start();
      up = true;
      return guest;
    } finally {
      if (!up) {
        guest.close();
      }
    }
  }

  private void start() throws IOException, InterruptedException {
    long begin = System.nanoTime();
    chain.cont();
    try {
      reach().awaitSsh(BOOT);
    } catch (IOException e) {
      throw new IOException("no ssh; its console's last lines: " + console.tail(), e);
    }
    boot = Duration.ofNanos(System.nanoTime() - begin);
  }

  /** From the moment that its QEMU was let run until ssh answered. */
  public Duration boot() {
    return boot;
  }

  /** The way to the guest's ports, from its own network namespace. */
  public Reach reach() {
    return (port, patience) -> {
      try {
        return NetworkNamespace.call(machine.namespace(), () -> connect(port, patience));
      } catch (IOException | InterruptedException | RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    };
  }

  private static Socket connect(int port, Duration patience) throws IOException {
    var socket = new Socket();
    try {
      socket.connect(
          new InetSocketAddress(BareMachine.GUEST_ADDRESS, port),
          Math.toIntExact(patience.toMillis()));
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** Hands the guest to a fresh QEMU and kills the old one; steps by the wall clock. */
  public Steps handOff() throws Exception {
    return chain.handOff();
  }

  @Override
  public void close() throws Exception {
    chain.close();
    console.close();
    machine.close();
  }
}
