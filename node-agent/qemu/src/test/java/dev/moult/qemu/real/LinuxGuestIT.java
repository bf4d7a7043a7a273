package dev.moult.qemu.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.qemu.cpr.CprStream.EmptyVfio;
import dev.moult.qemu.qmp.QmpClient;
import dev.moult.qemu.testing.Console;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demonstration guest, from 10.0.2 to 11.1.3 and on to 11.1.3, with its memory and console. */
class LinuxGuestIT {

  private static final Duration BOOT = Duration.ofSeconds(90);
  private static final Duration ROUND = Duration.ofSeconds(30);

  @TempDir Path directory;

  @Test
  void keepsMemoryConsoleAndUptimeOverTwoHandoffs() throws Exception {
    try (Hardware hardware = Hardware.linux(directory);
        RealQemu first = hardware.start(RealQemu.OLD);
        QmpClient a = first.qmp()) {
      a.cont();
      Console console = hardware.console();
      console.await("GUEST UP", BOOT);
      console.await("pattern mb=", BOOT);
      int tick = tick(console);

      try (var second = new BareHandoff(hardware, a, RealQemu.NEW, EmptyVfio.KEEP)) {
        hand(second, first, "10.0.2 → 11.1.3");
        assertThat(tick(console)).isEqualTo(tick + 1);
        console.type("verify");
        console.await("verify mb=\\d+ bad=0", ROUND);

        hardware.sweep();
        try (var third = new BareHandoff(hardware, second.b(), RealQemu.NEW, EmptyVfio.KEEP)) {
          hand(third, second.newQemu(), "11.1.3 → 11.1.3");
          tick = tick(console);
          assertThat(tick(console)).isEqualTo(tick + 1);
          console.type("verify");
          console.await("verify mb=\\d+ bad=0", ROUND);
          powerDown(third.b(), console);
        }
      }
    }
  }

  private static void hand(BareHandoff handoff, RealQemu old, String pair) throws Exception {
    handoff.transfer();
    long pauseMicros = handoff.commit();
    old.kill();
    System.out.printf("Linux guest %s (TCG): pause %.2f ms%n", pair, pauseMicros / 1000.0);
  }

  private static int tick(Console console) throws Exception {
    return Integer.parseInt(console.await("tick (\\d+)\\r?\\n", ROUND));
  }

  private static void powerDown(QmpClient qemu, Console console) throws Exception {
    qemu.systemPowerdown();
    console.await("powering off", ROUND);
    assertThat(qemu.events().fromStart().await("SHUTDOWN", ROUND).data().path("reason").asText())
        .isEqualTo("guest-shutdown");
    qemu.events().fromStart().await("STOP", ROUND);
    assertThat(qemu.queryStatus().status())
        .as("QEMU stays until it is let go")
        .isEqualTo("shutdown");
  }
}
