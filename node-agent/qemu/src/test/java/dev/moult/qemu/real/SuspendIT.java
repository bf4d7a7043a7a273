package dev.moult.qemu.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moult.linux.Fd;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.file.FileStat;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import dev.moult.qemu.cpr.CprStream.EmptyVfio;
import dev.moult.qemu.machine.Accelerator;
import dev.moult.qemu.machine.Role;
import dev.moult.qemu.qmp.QmpClient;
import dev.moult.qemu.qmp.QmpException;
import dev.moult.qemu.suspend.GuestLoad;
import dev.moult.qemu.suspend.GuestSave;
import dev.moult.qemu.suspend.SuspendException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A guest that counts in its RAM is put aside and taken up by another real QEMU. */
class SuspendIT {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir Path directory;
  private Path state;

  @BeforeEach
  void makeState() throws Exception {
    state = Files.createFile(directory.resolve("state"));
  }

  @ParameterizedTest
  @CsvSource({"10.0.2, 11.1.3", "11.1.3, 10.0.2", "11.1.3, 11.1.3"})
  void theGuestGoesOnWhereItWas(String from, String to) throws Exception {
    try (Hardware hardware = Hardware.counting(directory, Accelerator.TCG)) {
      long stood;
      try (RealQemu first = hardware.start(from);
          QmpClient a = first.qmp()) {
        a.cont();
        assertThat(hardware.counts()).isTrue();
        GuestSave.Saved saved = save(a);
        stood = CountingFirmware.count(hardware.ram());
        System.out.printf(
            "suspend of %s: %d bytes, stop %.2f ms%n",
            from, Files.size(state), saved.stopMicros() / 1000.0);
        first.kill();
      }
      try (QmpClient b = hardware.start(to, hardware.argv(new Role.TakeUp())).qmp()) {
        load(b);
        assertThat(CountingFirmware.count(hardware.ram()))
            .as("nobody runs the guest before cont")
            .isEqualTo(stood);
        b.cont();
        assertThat(hardware.counts()).isTrue();
        assertThat(CountingFirmware.count(hardware.ram()))
            .as("it counts on, it has not begun anew")
            .isGreaterThan(stood);
      }
    }
  }

  @Test
  void itIsHandedOverBeforeAndAfter() throws Exception {
    try (Hardware hardware = Hardware.counting(directory, Accelerator.TCG)) {
      try (RealQemu old = hardware.start(RealQemu.OLD);
          QmpClient a = old.qmp()) {
        a.cont();
        try (var handoff = new BareHandoff(hardware, a, RealQemu.NEW, EmptyVfio.KEEP)) {
          handoff.transfer();
          assertThat(handoff.commit()).isPositive();
          old.kill();
          save(handoff.b());
          handoff.newQemu().kill();
        }
      }
      hardware.sweep();
      try (QmpClient third = hardware.start(RealQemu.OLD, hardware.argv(new Role.TakeUp())).qmp()) {
        load(third);
        third.cont();
        try (var handoff = new BareHandoff(hardware, third, RealQemu.NEW, EmptyVfio.KEEP)) {
          handoff.transfer();
          assertThat(handoff.commit()).isPositive();
          assertThat(hardware.counts()).isTrue();
        }
      }
    }
  }

  @Test
  void aSaveThatFailsLeavesTheGuestRunningAndTheNextOneWorks() throws Exception {
    try (Hardware hardware = Hardware.counting(directory, Accelerator.TCG);
        RealQemu qemu = hardware.start(RealQemu.NEW)) {
      try (QmpClient a = qemu.qmp()) {
        a.cont();
        try (Fd readOnly = Open.path(state, OpenFlag.READ_ONLY)) {
          assertThatThrownBy(() -> GuestSave.save(a, readOnly, SOON))
              .isInstanceOfAny(SuspendException.class, QmpException.class);
        }
        GuestSave.goOn(a, SOON);
        assertThat(hardware.counts()).isTrue();
        save(a);
        GuestSave.goOn(a, SOON);
        assertThat(hardware.counts()).as("a saved guest that nobody took up goes on").isTrue();
      }
      try (QmpClient again = qemu.qmp(); // a connection with a history of its own
          var handoff = new BareHandoff(hardware, again, RealQemu.NEW, EmptyVfio.KEEP)) {
        handoff.transfer();
        assertThat(handoff.commit()).as("nothing of the suspend is in its way").isPositive();
      }
    }
  }

  @Test
  void aStateThatIsCutOffIsNotTakenAndTheWholeOneIs() throws Exception {
    try (Hardware hardware = Hardware.counting(directory, Accelerator.TCG)) {
      try (RealQemu first = hardware.start(RealQemu.NEW);
          QmpClient a = first.qmp()) {
        a.cont();
        assertThat(hardware.counts()).isTrue();
        save(a);
        first.kill();
      }
      Path whole = Files.copy(state, directory.resolve("whole"));
      try (Fd file = Open.path(state, OpenFlag.READ_WRITE)) {
        FileControl.truncate(file, FileStat.of(file).size() / 2);
      }
      try (RealQemu second = hardware.start(RealQemu.NEW, hardware.argv(new Role.TakeUp()));
          QmpClient b = second.qmp()) {
        assertThatThrownBy(() -> load(b)).isInstanceOf(SuspendException.class);
        second.kill();
      }
      state = whole;
      try (QmpClient c = hardware.start(RealQemu.NEW, hardware.argv(new Role.TakeUp())).qmp()) {
        load(c);
        c.cont();
        assertThat(hardware.counts()).isTrue();
      }
    }
  }

  private GuestSave.Saved save(QmpClient qemu) throws Exception {
    try (Fd file = Open.path(state, OpenFlag.WRITE_ONLY)) {
      return GuestSave.save(qemu, file, SOON);
    }
  }

  private void load(QmpClient qemu) throws Exception {
    try (Fd file = Open.path(state, OpenFlag.READ_ONLY)) {
      GuestLoad.load(qemu, file, SOON);
    }
  }
}
