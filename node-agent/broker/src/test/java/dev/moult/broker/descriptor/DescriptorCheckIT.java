package dev.moult.broker.descriptor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moult.broker.Refusal;
import dev.moult.linux.Fd;
import dev.moult.linux.file.Memfd;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import dev.moult.linux.testing.HugePageReserve;
import dev.moult.wire.RefusalReason;
import dev.moult.wire.SlotFacts;
import dev.moult.wire.Slots;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Descriptors as an attacker would park them. */
class DescriptorCheckIT {
  private static final long RAM = 1 << 20;

  @TempDir Path directory;

  @Test
  void takes_ram_as_it_was_parked() throws Exception {
    try (Fd ram = Memfd.guestRam("ram", RAM, Memfd.Pages.NORMAL)) {
      SlotFacts recorded = SlotFacts.of(Slots.RAM, ram);

      assertThat(DescriptorCheck.check(ram, recorded)).isEqualTo(recorded);
    }
  }

  @Test
  void takes_ram_of_huge_pages_and_refuses_it_in_another_place() throws Exception {
    try (HugePageReserve reserve = HugePageReserve.take(2);
        Fd huge = Memfd.guestRam("ram", 2 * RAM, Memfd.Pages.HUGE_2_MIB);
        Fd ordinary = Memfd.guestRam("ram", 2 * RAM, Memfd.Pages.NORMAL)) {
      SlotFacts recorded = SlotFacts.of(Slots.RAM, huge);

      assertThat(recorded.hugePageBytes()).isEqualTo(2 * RAM);
      assertThat(DescriptorCheck.check(huge, recorded)).isEqualTo(recorded);
      assertThat(DescriptorCheck.check(huge, withoutPages(recorded)))
          .as("as a record has it that outlived a broker")
          .isEqualTo(recorded);
      refused(() -> DescriptorCheck.check(ordinary, recorded));
      refused(() -> DescriptorCheck.check(huge, SlotFacts.of(Slots.RAM, ordinary)));
    }
  }

  private static SlotFacts withoutPages(SlotFacts fact) {
    return new SlotFacts(
        fact.slot(),
        fact.kind(),
        fact.device(),
        fact.inode(),
        fact.rdev(),
        fact.size(),
        fact.seals(),
        fact.access());
  }

  @Test
  void refuses_another_file_of_the_same_looks() throws Exception {
    try (Fd ram = Memfd.guestRam("ram", RAM, Memfd.Pages.NORMAL);
        Fd other = Memfd.guestRam("ram", RAM, Memfd.Pages.NORMAL)) {
      SlotFacts recorded = SlotFacts.of(Slots.RAM, ram);

      refused(() -> DescriptorCheck.check(other, recorded));
    }
  }

  @Test
  void refuses_ram_whose_size_could_change() throws Exception {
    try (Fd unsealed = Memfd.create("ram", RAM, Memfd.Pages.NORMAL)) {
      SlotFacts recorded = SlotFacts.of(Slots.RAM, unsealed);

      refused(() -> DescriptorCheck.check(unsealed, recorded));
    }
  }

  @Test
  void refuses_a_mere_name_of_a_file() throws Exception {
    Path file = Files.writeString(directory.resolve("disk"), "x");
    try (Fd name = Open.path(file, OpenFlag.PATH);
        Fd real = Open.path(file)) {
      refused(() -> DescriptorCheck.check(name, SlotFacts.of(30, name)));
      refused(() -> DescriptorCheck.check(name, SlotFacts.of(30, real)));
    }
  }

  @Test
  void refuses_more_access_than_was_parked() throws Exception {
    Path file = Files.writeString(directory.resolve("kernel"), "x");
    try (Fd reading = Open.path(file);
        Fd writing = Open.path(file, OpenFlag.READ_WRITE)) {
      refused(() -> DescriptorCheck.check(writing, SlotFacts.of(Slots.KERNEL, reading)));
      refused(() -> DescriptorCheck.check(writing, SlotFacts.of(Slots.KERNEL, writing)));
    }
  }

  @Test
  void refuses_a_device_that_is_no_tap_and_a_directory_that_is_no_tmpfs() throws Exception {
    try (Fd device = Open.path(Path.of("/dev/null"), OpenFlag.READ_WRITE);
        Fd sysfs = Open.path(Path.of("/sys"), OpenFlag.PATH)) {
      refused(() -> DescriptorCheck.check(device, SlotFacts.of(Slots.TAP, device)));
      refused(() -> DescriptorCheck.check(sysfs, SlotFacts.of(Slots.MEET, sysfs)));
    }
  }

  private static void refused(ThrowingCallable check) {
    assertThatThrownBy(check)
        .isInstanceOfSatisfying(
            Refusal.class,
            e -> assertThat(e.answer().reason()).isEqualTo(RefusalReason.DESCRIPTOR_REFUSED));
  }
}
