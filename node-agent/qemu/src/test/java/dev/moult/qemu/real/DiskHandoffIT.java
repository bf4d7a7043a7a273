package dev.moult.qemu.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.linux.Deadline;
import dev.moult.qemu.cpr.CprStream.EmptyVfio;
import dev.moult.qemu.machine.CommandLine;
import dev.moult.qemu.machine.Firmware;
import dev.moult.qemu.machine.FrozenDisk.Bus;
import dev.moult.qemu.machine.FrozenDisk.Format;
import dev.moult.qemu.qmp.QmpClient;
import dev.moult.qemu.testing.WritingGuest;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Handoffs of a guest that boots from its disks and writes them without pause. */
class DiskHandoffIT {
  private static final Duration BOOT = Duration.ofSeconds(60);

  /** TCG translates the firmware anew after each switch to system management mode. */
  private static final Duration UEFI = Duration.ofMinutes(4);

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "VIRTIO, RAW, 10.0.2, 11.1.3",
    "VIRTIO, QCOW2, 11.1.3, 11.1.3",
    "SCSI, RAW, 10.0.2, 11.1.3",
    "SATA, RAW, 10.0.2, 11.1.3",
  })
  void noWriteIsLostOrTorn(Bus bus, Format base, String from, String to) throws Exception {
    DiskHardware disks = DiskHardware.make(directory, bus, base, Firmware.DESCRIPTOR);
    long before;
    long after;
    try (Hardware hardware = Hardware.withDisks(directory, disks);
        RealQemu oldQemu = hardware.start(from);
        QmpClient a = oldQemu.qmp()) {
      a.cont();
      hardware.console().await("\\.", BOOT); // before it counts, RAM holds what the firmware left
      before = awaitCount(hardware, oldQemu, 512);
      try (var handoff = new BareHandoff(hardware, a, to, EmptyVfio.KEEP)) {
        assertAlike(a, handoff);
        handoff.transfer();
        long stopped = CountingFirmware.count(hardware.ram());
        long pauseMicros = handoff.commit();
        oldQemu.kill();
        System.out.printf(
            "handoff with disks on %s, base %s, %s → %s: pause %.2f ms, %d writes before%n",
            bus, base, from, to, pauseMicros / 1000.0, 2 * stopped);
        after = awaitCount(hardware, handoff.newQemu(), stopped + 512);
        assertThat(handoff.b().events().last("BLOCK_IO_ERROR")).isEmpty();
        assertThat(hardware.console().text()).doesNotContain("!");
        handoff.newQemu().kill();
      }
    }
    assertThat(WritingGuest.verify(disks.data())).isGreaterThanOrEqualTo(after - 1);
    assertThat(after).isGreaterThan(before);
    WritingGuest.run("qemu-img", "check", "-q", "-f", "qcow2", disks.overlay().toString());
    assertThat(WritingGuest.verify(WritingGuest.flat(disks.overlay())))
        .isGreaterThanOrEqualTo(after - 1);
  }

  /** The last barrier: whatever an agent decides, the kernel lets one QEMU write. */
  @Test
  void anotherQemuDoesNotGetTheLocks() throws Exception {
    DiskHardware disks = DiskHardware.make(directory, Bus.VIRTIO, Format.RAW, Firmware.DESCRIPTOR);
    try (Hardware hardware = Hardware.withDisks(directory, disks);
        RealQemu first = hardware.start(RealQemu.OLD);
        QmpClient a = first.qmp();
        RealQemu second = hardware.start(RealQemu.NEW)) {
      Deadline deadline = Deadline.in(BOOT);
      while (second.alive() && !deadline.isPassed()) {
        Thread.sleep(10);
      }
      assertThat(second.said()).contains("Failed to get \"write\" lock");
      assertThat(a.queryStatus().status()).isEqualTo("prelaunch");

      first.kill();
      try (RealQemu third = hardware.start(RealQemu.NEW);
          QmpClient again = third.qmp()) {
        assertThat(again.queryStatus().status()).isEqualTo("prelaunch");
      }
    }
  }

  /** There and back again; with Secure Boot its variables are written in system management mode. */
  @ParameterizedTest
  @EnumSource(names = {"UEFI", "UEFI_SECURE"})
  void uefiComesByDescriptor(Firmware firmware) throws Exception {
    DiskHardware disks = DiskHardware.make(directory, Bus.VIRTIO, Format.RAW, firmware);
    try (Hardware hardware = Hardware.withDisks(directory, disks);
        RealQemu oldQemu = hardware.start(RealQemu.OLD);
        QmpClient a = oldQemu.qmp()) {
      a.cont();
      awaitBoot(hardware, 0);
      try (var there = new BareHandoff(hardware, a, RealQemu.NEW, EmptyVfio.KEEP)) {
        handOver(firmware, a, there);
        oldQemu.kill();
        bootsAgain(hardware, there.b());
        hardware.sweep();
        try (var back = new BareHandoff(hardware, there.b(), RealQemu.OLD, EmptyVfio.DROP)) {
          handOver(firmware, there.b(), back);
          there.newQemu().kill();
          bootsAgain(hardware, back.b());
        }
      }
    }
  }

  private static void handOver(Firmware firmware, QmpClient from, BareHandoff handoff)
      throws Exception {
    assertAlike(from, handoff);
    assertThat(generation(handoff.b())).isEqualTo(generation(from));
    assertThat(from.infoQtree()).contains("dev: i6300esb, id \"watchdog\"");
    handoff.transfer();
    System.out.printf("handoff of %s: pause %.2f ms%n", firmware, handoff.commit() / 1000.0);
    assertThat(handoff.b().queryStatus().running()).isTrue();
  }

  private static String generation(QmpClient qemu) throws Exception {
    return qemu.execute("query-vm-generation-id", null).path("guid").asText();
  }

  private static void bootsAgain(Hardware hardware, QmpClient qemu) throws Exception {
    int said = hardware.console().text().length();
    qemu.systemReset();
    awaitBoot(hardware, said);
    assertThat(qemu.queryStatus().running()).isTrue();
  }

  /** Until the firmware's boot manager speaks, after so much of the console's text. */
  private static void awaitBoot(Hardware hardware, int said) throws Exception {
    Deadline deadline = Deadline.in(UEFI);
    while (hardware.console().text().indexOf("BdsDxe", said) < 0 && !deadline.isPassed()) {
      Thread.sleep(50);
    }
    assertThat(hardware.console().text().substring(said)).contains("BdsDxe");
  }

  private static long awaitCount(Hardware hardware, RealQemu qemu, long count) throws Exception {
    Deadline deadline = Deadline.in(BOOT);
    long now = CountingFirmware.count(hardware.ram());
    while (now < count) {
      assertThat(deadline.isPassed())
          .as("%d writes; QEMU said %s; %s", now, qemu.said(), hardware.console().text())
          .isFalse();
      Thread.sleep(5);
      now = CountingFirmware.count(hardware.ram());
    }
    return now;
  }

  private static void assertAlike(QmpClient a, BareHandoff handoff) throws Exception {
    assertThat(a.isFrontendOpen(CommandLine.GUEST_AGENT)).isFalse();
    assertThat(handoff.b().isFrontendOpen(CommandLine.GUEST_AGENT)).isFalse();
    handoff.assertAlike();
  }
}
