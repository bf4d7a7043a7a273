package dev.moult.linux.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.Memfd.Pages;
import dev.moult.linux.file.Memfd.Seal;
import dev.moult.linux.testing.HugePageReserve;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MemfdIT {
  private static final long SIZE = 8L << 20;

  @Test
  void guestRamIsAllocatedAndItsSizeIsFinal() throws Exception {
    // When
    try (Fd ram = Memfd.guestRam("vm-ram", SIZE, Pages.NORMAL)) {
      // Then
      FileStat stat = FileStat.of(ram);
      assertThat(stat.size()).isEqualTo(SIZE);
      assertThat(stat.blocks() * 512).isEqualTo(SIZE);
      assertThat(Memfd.seals(ram)).containsAll(Memfd.GUEST_RAM);
      assertThat(FileControl.nameOf(ram)).startsWith("/memfd:vm-ram");
      assertThat(FileControl.fileSystemType(ram)).isEqualTo(FileControl.TMPFS);
      refused(Errno.EPERM, () -> FileControl.truncate(ram, SIZE / 2));
      refused(Errno.EPERM, () -> FileControl.truncate(ram, SIZE * 2));
      refused(Errno.EPERM, () -> Memfd.seal(ram, Set.of(Seal.WRITE)));
      FileIo.writeAt(ram, SIZE - 2, new byte[] {7, 8});
      assertThat(FileIo.readAt(ram, SIZE - 2, 10)).containsExactly(7, 8);
    }
  }

  @Test
  void anEmptyOneIsNotAllocatedAndSealable() throws Exception {
    try (Fd file = Memfd.create("x", SIZE, Pages.NORMAL)) {
      assertThat(FileStat.of(file).blocks()).isZero();
      // Linux 6.3 and later: no execute bit, ever.
      assertThat(Memfd.seals(file)).isSubsetOf(Seal.EXECUTE);
      Memfd.seal(file, Set.of(Seal.GROW));
      assertThat(Memfd.seals(file)).contains(Seal.GROW).doesNotContain(Seal.SEAL);
    }
  }

  @Test
  void moreThanIsFreeIsRefusedBeforeAPageIsTaken() throws Exception {
    // Never with a size that is really too large: the kernel would kill others to find the pages.
    refused(Errno.ENOMEM, () -> Memfd.guestRam("big", SIZE, Pages.NORMAL, SIZE - 1));
  }

  @Test
  void aSizeThatIsNoMultipleOfThePageIsRefused() {
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> Memfd.create("x", 4097, Pages.NORMAL));
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> Memfd.create("x", 4096, Pages.HUGE_2_MIB));
  }

  @Test
  void guestRamOfHugePagesTakesThemAtOnceAndGivesThemBack() throws Exception {
    try (HugePageReserve reserve = HugePageReserve.take(4)) {
      long free = HugePageReserve.free();

      try (Fd ram = Memfd.guestRam("huge", SIZE, Pages.HUGE_2_MIB)) {
        assertThat(HugePageReserve.free()).isEqualTo(free - 4);
        FileStat stat = FileStat.of(ram);
        assertThat(stat.size()).isEqualTo(SIZE);
        assertThat(stat.blocks() * 512).isEqualTo(SIZE);
        assertThat(FileControl.hugePageBytes(ram)).isEqualTo(2 << 20);
        assertThat(FileControl.fileSystemType(ram)).isEqualTo(FileControl.HUGETLBFS);
        assertThat(Memfd.seals(ram)).containsAll(Memfd.GUEST_RAM);
        refused(Errno.EPERM, () -> FileControl.truncate(ram, SIZE * 2));
      }

      assertThat(HugePageReserve.free()).isEqualTo(free);
      refused(
          Errno.ENOSPC,
          () -> Memfd.guestRam("huge", (free + 1) * (2 << 20), Pages.HUGE_2_MIB).close());
      assertThat(HugePageReserve.free()).as("none is kept of what was too much").isEqualTo(free);
    }
  }

  @Test
  void guestRamOfHugePagesIsReadAndWrittenAnywhere() throws Exception {
    byte[] data = new byte[5 << 20];
    new Random(1).nextBytes(data);
    try (HugePageReserve reserve = HugePageReserve.take(5);
        Fd ram = Memfd.guestRam("huge", SIZE, Pages.HUGE_2_MIB);
        Fd loose = Memfd.create("loose", 2 << 20, Pages.HUGE_2_MIB)) {
      FileIo.writeAt(ram, 4097, data);
      FileIo.writeAt(ram, SIZE - 2, new byte[] {7, 8});

      assertThat(FileIo.readAt(ram, 0, 4097)).containsOnly(0);
      assertThat(FileIo.readAt(ram, 4097, data.length)).isEqualTo(data);
      assertThat(FileIo.readAt(ram, SIZE - 3, 10)).containsExactly(0, 7, 8);
      refused(Errno.EFBIG, () -> FileIo.writeAt(ram, SIZE - 1, new byte[2]));
      refused(Errno.EPERM, () -> FileIo.writeAt(loose, 0, new byte[1]));
    }
    try (Fd ordinary = Memfd.guestRam("vm-ram", SIZE, Pages.NORMAL)) {
      refused(Errno.EINVAL, () -> HugePages.writeAt(ordinary, 0, ByteBuffer.wrap(data)));
    }
  }

  @Test
  void ordinaryMemoryHasNoHugePages() throws Exception {
    try (Fd ram = Memfd.guestRam("vm-ram", SIZE, Pages.NORMAL)) {
      assertThat(FileControl.hugePageBytes(ram)).isZero();
    }
  }

  @Test
  void hugePagesAreTakenOrRefusedClearly() throws Exception {
    try (Fd ram = Memfd.guestRam("huge", 2L << 20, Pages.HUGE_2_MIB)) {
      assertThat(FileControl.fileSystemType(ram)).isEqualTo(FileControl.HUGETLBFS);
    } catch (LinuxException e) {
      assertThat(e.errno()).isIn(Errno.ENOMEM, Errno.ENOSPC, Errno.EINVAL, Errno.ENOSYS);
      System.out.println("[memfd] huge pages not to be had here: " + e.getMessage());
    }
  }

  @Test
  void sealsOfAnythingElseAreRefused() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      refused(Errno.EINVAL, () -> Memfd.seals(pipe.reader()));
    }
  }

  private static void refused(
      Errno errno, org.assertj.core.api.ThrowableAssert.ThrowingCallable c) {
    assertThatExceptionOfType(LinuxException.class)
        .isThrownBy(c)
        .satisfies(e -> assertThat(e.errno()).isEqualTo(errno));
  }
}
