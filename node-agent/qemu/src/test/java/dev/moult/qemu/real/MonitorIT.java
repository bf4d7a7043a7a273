package dev.moult.qemu.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moult.qemu.machine.Accelerator;
import dev.moult.qemu.machine.Difference;
import dev.moult.qemu.machine.Role;
import dev.moult.qemu.qmp.QmpClient;
import dev.moult.qemu.qmp.QmpEvent;
import dev.moult.qemu.qmp.QmpEvents;
import dev.moult.qemu.qmp.QmpException;
import dev.moult.qemu.qmp.RunState;
import dev.moult.qemu.qtree.Qtree;
import dev.moult.qemu.qtree.QtreeAllowList;
import dev.moult.qemu.qtree.QtreeDiff;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MonitorIT {

  private static final Duration SOON = Duration.ofSeconds(10);

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {RealQemu.OLD, RealQemu.NEW})
  void everyOptionRunsAndEveryEventIsSeen(String version) throws Exception {
    try (Hardware hardware = Hardware.counting(directory, Accelerator.TCG);
        RealQemu qemu = hardware.start(version);
        QmpClient monitor = qemu.qmp()) {
      assertThat(monitor.version().numbers()).isEqualTo(version);
      assertThat(monitor.queryStatus()).isEqualTo(new RunState("prelaunch", false));
      assertThat(monitor.queryUuid()).isEqualTo(hardware.machine().uuid());
      assertThat(monitor.queryMemdev().path(0).path("share").asBoolean()).isTrue();
      assertThat(monitor.queryMigrate().blockedReasons()).isEmpty();

      monitor.cont();
      assertThat(hardware.counts()).isTrue();
      monitor.stop();
      monitor.cont();
      monitor.systemReset();
      assertThat(hardware.counts()).isTrue();
      monitor.quit();

      QmpEvents.Cursor events = monitor.events().fromStart();
      List<String> seen = new ArrayList<>();
      QmpEvent event;
      do {
        event = events.next(SOON);
        seen.add(event.name());
      } while (!event.isClosed());
      assertThat(seen)
          .containsExactly("RESUME", "STOP", "RESUME", "RESET", "SHUTDOWN", QmpEvent.CLOSED);
      assertThat(monitor.events().snapshot()).extracting(QmpEvent::timestampMicros).isSorted();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {RealQemu.OLD, RealQemu.NEW})
  void theConsoleIsTheDescriptorAndTheMonitorCanBeDialledAgain(String version) throws Exception {
    try (Hardware hardware = Hardware.counting(directory, Accelerator.TCG);
        RealQemu qemu = hardware.start(version)) {
      try (QmpClient first = qemu.qmp()) {
        first.cont();
        assertThat(hardware.console().await("\\.", SOON)).isEqualTo(".");
      }
      try (QmpClient again = qemu.qmp()) {
        assertThat(again.queryStatus().running()).isTrue();
      }
    }
  }

  @Test
  void aKilledQemuReleasesItsWaiters() throws Exception {
    try (Hardware hardware = Hardware.counting(directory, Accelerator.TCG);
        RealQemu qemu = hardware.start(RealQemu.NEW);
        QmpClient monitor = qemu.qmp()) {
      QmpEvents.Cursor events = monitor.events().fromNow();
      qemu.kill();
      assertThat(events.next(SOON).isClosed()).isTrue();
      assertThatThrownBy(monitor::queryStatus).isInstanceOf(QmpException.Closed.class);
    }
  }

  @Test
  void theSameMachineIsEqualOnBothVersionsAndADifferenceIsNamed() throws Exception {
    try (Hardware one = Hardware.counting(directory, Accelerator.TCG);
        Hardware other = Hardware.counting(directory, Accelerator.TCG);
        Hardware third = Hardware.counting(directory, Accelerator.TCG);
        QmpClient a = one.start(RealQemu.OLD).qmp();
        QmpClient b = other.start(RealQemu.NEW).qmp();
        QmpClient more = third.start(RealQemu.NEW, withPanicDevice(third)).qmp()) {
      Qtree running = Qtree.parse(a.infoQtree());
      QtreeAllowList allowed = QtreeAllowList.between(a.version(), b.version());

      assertThat(QtreeDiff.compare(running, Qtree.parse(b.infoQtree()), allowed)).isEmpty();
      assertThat(QtreeDiff.compare(running, Qtree.parse(more.infoQtree()), allowed))
          .containsExactly(
              new Difference(
                  "device main-system-bus/q35-pcihost/pcie.0/panic",
                  Difference.ABSENT,
                  "pvpanic-pci"));
    }
  }

  private static List<String> withPanicDevice(Hardware hardware) {
    List<String> argv = new ArrayList<>(hardware.argv(new Role.Start()));
    argv.addAll(List.of("-device", "pvpanic-pci,id=panic,bus=pcie.0,addr=0x14"));
    return argv;
  }
}
