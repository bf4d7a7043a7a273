package dev.moult.qemu.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.linux.net.NetworkNamespace;
import dev.moult.linux.net.Tap;
import dev.moult.qemu.cpr.CprStream.EmptyVfio;
import dev.moult.qemu.qmp.QmpClient;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What QEMU does to the queues of a tap, which the broker's watch goes by: each test does by hand
 * what that does, or leaves it.
 */
class MultiQueueIT {

  private static final Duration BOOT = Duration.ofSeconds(120);
  private static final Duration GONE = Duration.ofSeconds(20);

  /** Flows to the guest, which the kernel spreads over the queues. */
  private static final int FLOWS = 16;

  private static final int ROUNDS = 50;
  private static final int ECHO = 7777;
  private static final int HEADER = 12;

  @TempDir Path directory;

  @Test
  void bothQueuesServeTheGuestBeforeAndAfterAHandoff() throws Exception {
    try (Hardware hardware = Hardware.linux(directory, 2);
        RealQemu first = hardware.start(RealQemu.OLD);
        QmpClient a = first.qmp()) {
      boot(hardware, a);
      try (var handoff = new BareHandoff(hardware, a, RealQemu.NEW, EmptyVfio.KEEP)) {
        assertThat(attached(hardware)).as("B's start detaches the second one").isFalse();
        held(hardware);
        assertEchoes(hardware);

        second(hardware).setQueueAttached(false); // offered to B
        assertEchoes(hardware); // by the first one, A runs the guest still
        handoff.transfer();

        assertThat(attached(hardware)).as("B's load attaches it").isTrue();
        assertThat(handoff.commit()).isPositive();
        first.kill();
        assertEchoes(hardware);
        assertThat(attached(hardware)).isTrue();

        hardware.sweep();
        try (var next = new BareHandoff(hardware, handoff.b(), RealQemu.NEW, EmptyVfio.KEEP)) {
          held(hardware);
          second(hardware).setQueueAttached(false);
          next.transfer();
          assertThat(next.commit()).isPositive();
          handoff.newQemu().kill();
          assertEchoes(hardware);
          assertThat(attached(hardware)).isTrue();
        }
      }
    }
  }

  @Test
  void aRollbackAfterTheStateMovedKeepsBoth() throws Exception {
    try (Hardware hardware = Hardware.linux(directory, 2);
        QmpClient a = hardware.start(RealQemu.OLD).qmp()) {
      boot(hardware, a);
      try (var handoff = new BareHandoff(hardware, a, RealQemu.NEW, EmptyVfio.KEEP)) {
        held(hardware);
        second(hardware).setQueueAttached(false);
        handoff.transfer();
        handoff.newQemu().kill();

        held(hardware);
        a.cont();

        assertEchoes(hardware);
        assertThat(attached(hardware)).isTrue();
      }
    }
  }

  @Test
  void aRollbackBeforeTheLoadLeavesThemToBeRestored() throws Exception {
    try (Hardware hardware = Hardware.linux(directory, 2);
        QmpClient a = hardware.start(RealQemu.OLD).qmp()) {
      boot(hardware, a);
      try (var handoff = new BareHandoff(hardware, a, RealQemu.NEW, EmptyVfio.KEEP)) {
        held(hardware);
        second(hardware).setQueueAttached(false);
        handoff.newQemu().kill();
        BareHandoff.end(a, "failed");
        assertThat(attached(hardware)).as("nobody else does").isFalse();

        held(hardware);

        assertEchoes(hardware);
      }
    }
  }

  @Test
  void aNewQemuEndsItselfWhenAQueueIsAttachedThatItIsToAttach() throws Exception {
    try (Hardware hardware = Hardware.linux(directory, 2);
        QmpClient a = hardware.start(RealQemu.OLD).qmp()) {
      boot(hardware, a);
      try (var handoff = new BareHandoff(hardware, a, RealQemu.NEW, EmptyVfio.KEEP)) {
        held(hardware);
        handoff.b().enableHandoffCapabilities();
        handoff.b().migrateIncoming(hardware.meeting(Hardware.MAIN));

        BareHandoff.end(a, "failed");

        assertThat(handoff.newQemu().endsWithin(GONE)).isTrue();
        assertEchoes(hardware); // the guest stays where it is
      }
    }
  }

  @Test
  void aNewQemuCannotStartBesideAGuestThatLeavesAQueueUnused() throws Exception {
    try (Hardware hardware = Hardware.linux(directory, 2);
        QmpClient a = hardware.start(RealQemu.OLD).qmp()) {
      boot(hardware, a);
      second(hardware).setQueueAttached(false);

      RealQemu starting = BareHandoff.failing(hardware, a, RealQemu.NEW);

      assertThat(starting.endsWithin(GONE)).isTrue();
      held(hardware);
      assertEchoes(hardware);
    }
  }

  @Test
  void aGuestMayBootAnewBesideANewQemu() throws Exception {
    try (Hardware hardware = Hardware.linux(directory, 2);
        RealQemu first = hardware.start(RealQemu.OLD);
        QmpClient a = first.qmp()) {
      boot(hardware, a);
      try (var handoff = new BareHandoff(hardware, a, RealQemu.NEW, EmptyVfio.KEEP)) {
        held(hardware);
        a.systemReset(); // not typed: B reads the console too, and would take characters
        hardware.console().await("GUEST UP", BOOT);
        assertEchoes(hardware);
        assertThat(attached(hardware)).as("by its driver").isTrue();

        second(hardware).setQueueAttached(false);
        handoff.transfer();
        assertThat(handoff.commit()).isPositive();
        first.kill();

        assertEchoes(hardware);
        assertThat(attached(hardware)).isTrue();
      }
    }
  }

  @Test
  void theRunningQemuEndsItselfWhenItsGuestBootsAnewAndAQueueIsDetachedUnderIt() throws Exception {
    try (Hardware hardware = Hardware.linux(directory, 2);
        RealQemu qemu = hardware.start(RealQemu.OLD);
        QmpClient a = qemu.qmp()) {
      boot(hardware, a);
      second(hardware).setQueueAttached(false);
      assertEchoes(hardware); // until then it runs on

      hardware.console().type("reboot");

      assertThat(qemu.endsWithin(GONE)).isTrue();
    }
  }

  private static void boot(Hardware hardware, QmpClient qemu) throws Exception {
    NetworkNamespace.call(
        hardware.network(),
        () -> {
          run("ip", "address", "add", "10.0.2.1/24", "dev", "tap0");
          run("ip", "link", "set", "tap0", "up");
          return true;
        });
    qemu.cont();
    hardware.console().await("GUEST UP", BOOT);
    assertEchoes(hardware);
    assertThat(attached(hardware)).as("its driver uses both").isTrue();
    assertThat(hardware.queues().getFirst().vnetHeaderSize()).isEqualTo(HEADER);
  }

  /** As the broker's watch holds them. */
  private static void held(Hardware hardware) throws Exception {
    Tap second = second(hardware);
    if (!second.isQueueAttached()) {
      second.setQueueAttached(true);
    }
    second.setVnetHeaderSize(HEADER);
  }

  private static Tap second(Hardware hardware) {
    return hardware.queues().get(1);
  }

  private static boolean attached(Hardware hardware) throws Exception {
    return second(hardware).isQueueAttached();
  }

  /** Each of several flows is answered; a datagram is sent again, as any may be lost. */
  private static void assertEchoes(Hardware hardware) throws Exception {
    List<DatagramSocket> flows = new ArrayList<>();
    try {
      for (int i = 0; i < FLOWS; i++) {
        flows.add(NetworkNamespace.call(hardware.network(), () -> new DatagramSocket()));
      }
      for (int i = 0; i < FLOWS; i++) {
        assertThat(echoes(flows.get(i))).as("flow %d", i).isTrue();
      }
    } finally {
      flows.forEach(DatagramSocket::close);
    }
  }

  private static boolean echoes(DatagramSocket flow) throws Exception {
    flow.setSoTimeout(200);
    var guest = InetAddress.getByAddress(new byte[] {10, 0, 2, 2});
    for (int round = 0; round < ROUNDS; round++) {
      flow.send(new DatagramPacket(new byte[] {(byte) round}, 1, guest, ECHO));
      try {
        flow.receive(new DatagramPacket(new byte[16], 16));
        return true;
      } catch (SocketTimeoutException e) {
        // sent again
      }
    }
    return false;
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).inheritIO().start();
    assertThat(process.waitFor()).as("%s", List.of(command)).isZero();
  }
}
