package dev.moult.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.file.FileIo;
import dev.moult.linux.file.FileStat;
import dev.moult.linux.file.Memfd;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RAM and state of a real memory file, to files and back. */
final class ColdFilesIT {
  private static final String VM = "0b3a7d5e-1111-4222-8333-444455556666";
  private static final String RUN = "9f000000-1111-4222-8333-444455556666";
  private static final String NEXT_RUN = "9f000001-1111-4222-8333-444455556666";
  private static final byte[] DESCRIPTION = new byte[] {'{', '}'};
  private static final int BLOCK = RamSums.BLOCK;

  /** Not a whole number of blocks. */
  private static final long RAM = 21L * BLOCK + 3 * 4096;

  private static final int STATE = 300_001;

  @TempDir Path volume;
  private Fd ram;
  private Fd state;
  private ColdFiles files;

  @BeforeEach
  void guest() throws IOException {
    ram = Memfd.guestRam("ram", RAM, Memfd.Pages.NORMAL);
    write(ram, 0, 4096, 1);
    write(ram, 3L * BLOCK + 8192, BLOCK, 2); // over the end of a block
    write(ram, 20L * BLOCK, 2 * 4096, 3);
    write(ram, RAM - 4096, 4096, 4);
    state = state(VM);
    files = new ColdFiles(at("guest.ram"), at("guest.state"));
  }

  @AfterEach
  void close() {
    Fd.closeAll(List.of(ram, state));
  }

  @Test
  void comesBackAsItWasAndKeepsItsHoles() throws IOException {
    var progress = new Progress();
    files.save(ram, state, RAM, progress);

    assertThat(progress.done()).isEqualTo(progress.total()).isEqualTo(RAM);
    assertThat(names()).containsExactlyInAnyOrder("guest.ram", "guest.state");
    try (Fd saved = files.ram().read()) {
      assertThat(FileStat.of(saved).size()).isEqualTo(RAM);
      assertThat(FileStat.of(saved).blocks() * 512)
          .as("pieces of 64 KiB of what was written")
          .isLessThan(4L << 20);
    }
    try (StateHold hold = StateHold.take(files.state(), false);
        Fd back = Memfd.guestRam("back", RAM, Memfd.Pages.NORMAL);
        Fd loaded = Memfd.create("state", 0, Memfd.Pages.NORMAL)) {
      hold.copyTo(loaded);
      ColdFiles.fill(back, files.ram(), RAM, hold, new Progress());

      assertSame(back, ram);
      StateFile.Seen seen = StateFile.readUnused(loaded);
      seen.header().requireOf(VM);
      assertThat(StateFile.machine(loaded, seen.header())).isEqualTo(DESCRIPTION);
      assertThat(seen.header().sums().blocks()).isEqualTo(22);
      assertThat(FileIo.readAt(loaded, 4096, STATE)).isEqualTo(FileIo.readAt(state, 4096, STATE));
    }
  }

  @Test
  void hugePagesComeBackToo() throws IOException {
    long bytes = 2L * BLOCK;
    Fd huge;
    try {
      huge = Memfd.guestRam("huge", bytes, Memfd.Pages.HUGE_2_MIB);
    } catch (LinuxException e) {
      Assumptions.abort("no pool of two huge pages here: " + e.getMessage());
      return;
    }
    byte[] image = new byte[BLOCK];
    new Random(3).nextBytes(image);
    try (huge;
        Fd file = Open.path(volume.resolve("image"), OpenFlag.READ_WRITE, OpenFlag.CREATE)) {
      FileIo.writeAt(file, BLOCK, image);

      ColdFiles.fill(huge, at("image"), bytes, null, new Progress());

      assertThat(FileIo.readAt(huge, 0, BLOCK)).isEqualTo(new byte[BLOCK]);
      assertThat(FileIo.readAt(huge, BLOCK, BLOCK)).isEqualTo(image);
    }
  }

  /** The same file by cp into a tmpfs, and into RAM with every block's sum compared. */
  @Test
  void isFilledAsFastAsCpCopies() throws Exception {
    long gib = 1L << 30;
    try (Fd big = Memfd.guestRam("big", gib, Memfd.Pages.NORMAL);
        Fd small = Memfd.create("state", 0, Memfd.Pages.NORMAL)) {
      byte[] noise = new byte[1 << 20];
      new Random(4).nextBytes(noise);
      for (long at = 0; at < gib; at += noise.length) {
        FileIo.writeAt(big, at, noise);
      }
      write(small, StateFile.HEADER_BYTES, STATE, 8);
      StateFile.seal(small, VM, RUN, 1, DESCRIPTION, "11.1.3", gib, 4096);
      long saved = nanos(() -> files.save(big, small, gib, new Progress()));
      long filled = Long.MAX_VALUE;
      long copied = Long.MAX_VALUE;
      Path target = Files.createDirectory(volume.resolve("tmpfs"));
      run("mount", "-t", "tmpfs", "-o", "size=1100m", "tmpfs", target.toString());
      try (StateHold hold = StateHold.take(files.state(), false)) {
        run("cp", volume + "/guest.ram", target + "/warm");
        for (int round = 0; round < 3; round++) {
          Files.delete(target.resolve(round == 0 ? "warm" : "copy"));
          copied =
              Math.min(copied, nanos(() -> run("cp", volume + "/guest.ram", target + "/copy")));
          filled =
              Math.min(
                  filled, nanos(() -> ColdFiles.fill(big, files.ram(), gib, hold, new Progress())));
        }
      } finally {
        run("umount", target.toString());
      }
      System.out.printf(
          "1 GiB: saved in %d ms, cp %d ms, filled in %d ms (%.2f of cp's speed)%n",
          saved / 1_000_000, copied / 1_000_000, filled / 1_000_000, (double) copied / filled);
      assertThat((double) copied / filled).as("of the speed of cp").isGreaterThan(0.8);
    }
  }

  private interface Work {
    void run() throws Exception;
  }

  private static long nanos(Work work) throws Exception {
    long began = System.nanoTime();
    work.run();
    return System.nanoTime() - began;
  }

  @Test
  void clearsWhatWasInTheRamBefore() throws IOException {
    files.save(ram, state, RAM, new Progress());
    try (Fd back = Memfd.guestRam("back", RAM, Memfd.Pages.NORMAL)) {
      write(back, 9L * BLOCK + 77, 4096, 9);
      write(back, RAM - 5000, 4096, 9);

      ColdFiles.fill(back, files.ram(), RAM, null, new Progress());

      assertSame(back, ram);
    }
  }

  @Test
  void fillsFromAnImageWithoutState() throws IOException {
    files.save(ram, state, RAM, new Progress());
    Files.delete(volume.resolve("guest.state"));
    Files.setPosixFilePermissions(
        volume.resolve("guest.ram"), PosixFilePermissions.fromString("r--r--r--"));
    byte[] before = Files.readAllBytes(volume.resolve("guest.ram"));
    try (Fd back = Memfd.guestRam("back", RAM, Memfd.Pages.NORMAL)) {
      ColdFiles.fill(back, files.ram(), RAM, null, new Progress());
      assertSame(back, ram);
      write(back, 0, 4096, 77);
    }

    assertThat(Files.readAllBytes(volume.resolve("guest.ram"))).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, RAM - 4096, RAM - 1, RAM + 1, RAM + 4096})
  void aFileOfAnotherSizeIsRefusedWithBothSizes(long size) throws IOException {
    files.save(ram, state, RAM, new Progress());
    try (Fd file = Open.path(volume.resolve("guest.ram"), OpenFlag.READ_WRITE);
        Fd back = Memfd.guestRam("back", RAM, Memfd.Pages.NORMAL)) {
      FileControl.truncate(file, size);

      assertThatExceptionOfType(StateRefused.class)
          .isThrownBy(() -> ColdFiles.fill(back, files.ram(), RAM, null, new Progress()))
          .withMessageContaining(size + " bytes")
          .withMessageContaining(RAM + " bytes")
          .satisfies(e -> assertThat(e.reason()).isEqualTo(MemoryReason.RAM_SIZE_MISMATCH));
      assertThat(FileIo.nextData(back, 0)).as("nothing was filled").isEqualTo(Long.MAX_VALUE);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {5, 3L * BLOCK + 8192, 7L * BLOCK, RAM - 1})
  void aFlippedByteOfTheRamIsNamedByItsBlock(long at) throws IOException {
    files.save(ram, state, RAM, new Progress());
    flip("guest.ram", at);

    try (StateHold hold = StateHold.take(files.state(), false);
        Fd back = Memfd.guestRam("back", RAM, Memfd.Pages.NORMAL)) {
      assertThatExceptionOfType(StateRefused.class)
          .isThrownBy(() -> ColdFiles.fill(back, files.ram(), RAM, hold, new Progress()))
          .withMessageContaining("block " + at / BLOCK + " of guest.ram")
          .satisfies(e -> assertThat(e.reason()).isEqualTo(MemoryReason.RAM_DAMAGED));
    }
  }

  @Test
  void aBlockThatWasDroppedIsDamagedToo() throws IOException {
    files.save(ram, state, RAM, new Progress());
    try (Fd file = Open.path(volume.resolve("guest.ram"), OpenFlag.READ_WRITE)) {
      FileControl.truncate(file, 20L * BLOCK);
      FileControl.truncate(file, RAM);
    }

    refused(MemoryReason.RAM_DAMAGED, this::fill);
  }

  @Test
  void aDamagedOrCutStateIsRefused() throws IOException {
    files.save(ram, state, RAM, new Progress());
    long size = Files.size(volume.resolve("guest.state"));
    flip("guest.state", size - 1); // the sums of the RAM
    refused(MemoryReason.STATE_DAMAGED, this::fill);
    flip("guest.state", size - 1);
    flip("guest.state", 4096 + 17);
    refused(MemoryReason.STATE_DAMAGED, this::load);
    flip("guest.state", 4096 + 17);
    load();

    try (Fd file = Open.path(volume.resolve("guest.state"), OpenFlag.READ_WRITE)) {
      FileControl.truncate(file, size - 1);
    }
    refused(MemoryReason.STATE_DAMAGED, this::load);
  }

  @Test
  void isUsedOnceAndByOneAtATime() throws IOException {
    files.save(ram, state, RAM, new Progress());
    try (StateHold hold = StateHold.take(files.state(), false)) {
      refused(MemoryReason.STATE_IN_USE, () -> StateHold.take(files.state(), false));
      refused(MemoryReason.STATE_IN_USE, () -> files.save(ram, state, RAM, new Progress()));
      refused(MemoryReason.STATE_IN_USE, () -> files.discard(VM));
      hold.advance(Step.LOADED, RUN);
    }
    byte[] backup = Files.readAllBytes(volume.resolve("guest.state"));
    try (StateHold hold = StateHold.take(files.state(), false)) {
      hold.advance(Step.CONSUMED, RUN);
      hold.advance(Step.CONSUMED, RUN);
      refused(MemoryReason.STATE_USED, () -> hold.advance(Step.CONSUMED, NEXT_RUN));
    }
    refused(MemoryReason.STATE_USED, this::load);

    Files.write(volume.resolve("guest.state"), backup); // its generation tells whoever keeps count
    load();
  }

  @Test
  void aTemplatesStateIsLoadedByManyAndNeverWritten() throws IOException {
    files.save(ram, state, RAM, new Progress());
    byte[] before = Files.readAllBytes(volume.resolve("guest.state"));
    try (StateHold one = StateHold.take(files.state(), true);
        StateHold two = StateHold.take(files.state(), true);
        Fd target = Memfd.create("state", 0, Memfd.Pages.NORMAL)) {
      assertThat(one.copyTo(target)).isEqualTo(before.length);
      refused(MemoryReason.FILE_NOT_WRITABLE, () -> two.advance(Step.LOADED, RUN));
    }

    assertThat(Files.readAllBytes(volume.resolve("guest.state"))).isEqualTo(before);
  }

  @Test
  void anEarlierSuspendIsReplacedAndAnotherVmsIsNot() throws IOException {
    files.save(ram, state, RAM, new Progress());
    write(ram, 11L * BLOCK, 4096, 5);
    files.save(ram, state, RAM, new Progress());
    fill();

    try (Fd foreign = state(NEXT_RUN)) {
      refused(MemoryReason.STATE_FOREIGN, () -> files.save(ram, foreign, RAM, new Progress()));
    }
    refused(MemoryReason.STATE_FOREIGN, () -> files.discard(NEXT_RUN));
    fill();
  }

  @Test
  void isRemovedWhenItWasUsedUp() throws IOException {
    files.save(ram, state, RAM, new Progress());
    try (StateHold hold = StateHold.take(files.state(), false)) {
      hold.advance(Step.CONSUMED, RUN);
    }

    files.discard(VM);
    files.discard(VM); // again: nothing is left to do

    assertThat(names()).isEmpty();
  }

  @Test
  void aFullVolumeLeavesNothingAndTheEarlierSuspendWhole() throws Exception {
    run("mount", "-t", "tmpfs", "-o", "size=5m", "tmpfs", volume.toString());
    try {
      files.save(ram, state, RAM, new Progress());
      var earlier = names();
      write(ram, 12L * BLOCK, 2 * BLOCK, 6);

      refused(MemoryReason.NO_SPACE, () -> files.save(ram, state, RAM, new Progress()));

      assertThat(names()).isEqualTo(earlier);
      try (StateHold hold = StateHold.take(files.state(), false);
          Fd back = Memfd.guestRam("back", RAM, Memfd.Pages.NORMAL)) {
        ColdFiles.fill(back, files.ram(), RAM, hold, new Progress());
        assertThat(FileIo.readAt(back, 12L * BLOCK, 4096)).isEqualTo(new byte[4096]);
      }
    } finally {
      run("umount", volume.toString());
    }
  }

  @Test
  void aReadOnlyVolumeIsNamed() throws Exception {
    files.save(ram, state, RAM, new Progress());
    run("mount", "--bind", volume.toString(), volume.toString());
    run("mount", "-o", "remount,bind,ro", volume.toString());
    try {
      refused(MemoryReason.FILE_NOT_WRITABLE, () -> files.save(ram, state, RAM, new Progress()));
      refused(MemoryReason.FILE_NOT_WRITABLE, this::load);
      ColdFiles.fill(ram, files.ram(), RAM, null, new Progress());
    } finally {
      run("umount", volume.toString());
    }
  }

  @Test
  void whatIsNoPlainFileInsideTheVolumeIsRefused() throws Exception {
    Path outside = Files.createTempFile("outside", ".ram");
    Files.createSymbolicLink(volume.resolve("link"), outside);
    Files.createDirectory(volume.resolve("directory"));
    run("mkfifo", volume.resolve("fifo").toString());

    refused(MemoryReason.FILE_NOT_FOUND, () -> at("missing").read());
    refused(MemoryReason.FILE_NOT_FOUND, () -> at("directory/missing/deeper").read());
    refused(MemoryReason.FILE_NOT_READABLE, () -> at("link").read());
    refused(MemoryReason.FILE_NOT_READABLE, () -> at("directory").read());
    refused(MemoryReason.FILE_NOT_READABLE, () -> at("fifo").read());
    refused(MemoryReason.FILE_NOT_READABLE, () -> at("../" + volume.getFileName()).read());
    refused(MemoryReason.FILE_NOT_FOUND, () -> at("..").read());
    refused(MemoryReason.FILE_NOT_FOUND, () -> at("directory/").read());
    Files.delete(outside);
  }

  @Test
  void aCopyThatIsNotWantedAnyMoreLeavesNothing() {
    var progress = new Progress();
    progress.cancel();

    refused(MemoryReason.CANCELLED, () -> files.save(ram, state, RAM, progress));

    assertThat(names()).isEmpty();
  }

  @Test
  void whatACrashLeftIsRemovedAndWhatAnotherMakesIsNot() throws IOException {
    Files.write(volume.resolve("guest.ram.partial"), new byte[100_000]);
    Files.write(volume.resolve("guest.state.partial"), new byte[10]);
    try (Draft another = Draft.begin(at("guest.ram"))) {
      refused(MemoryReason.STATE_IN_USE, () -> files.save(ram, state, RAM, new Progress()));
      FileControl.truncate(another.file(), 5);
    }
    Files.write(volume.resolve("guest.ram.partial"), new byte[100_000]);

    files.save(ram, state, RAM, new Progress());

    assertThat(names()).containsExactlyInAnyOrder("guest.ram", "guest.state");
  }

  private void fill() throws IOException {
    try (StateHold hold = StateHold.take(files.state(), false);
        Fd back = Memfd.guestRam("back", RAM, Memfd.Pages.NORMAL)) {
      ColdFiles.fill(back, files.ram(), RAM, hold, new Progress());
      assertSame(back, ram);
    }
  }

  private void load() throws IOException {
    try (StateHold hold = StateHold.take(files.state(), false);
        Fd target = Memfd.create("state", 0, Memfd.Pages.NORMAL)) {
      hold.copyTo(target);
    }
  }

  private VolumeFile at(String path) {
    return new VolumeFile(volume.toString(), path);
  }

  private List<String> names() {
    return Arrays.asList(Objects.requireNonNull(volume.toFile().list()));
  }

  private void flip(String name, long at) throws IOException {
    try (var channel =
        Files.newByteChannel(
            volume.resolve(name), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      var one = ByteBuffer.allocate(1);
      channel.position(at).read(one);
      one.put(0, (byte) (one.get(0) ^ 1)).rewind();
      channel.position(at).write(one);
    }
  }

  private static Fd state(String vm) throws IOException {
    Fd file = Memfd.create("state", 0, Memfd.Pages.NORMAL);
    write(file, StateFile.HEADER_BYTES, STATE, 8);
    StateHeader header = StateFile.seal(file, vm, RUN, 1, DESCRIPTION, "11.1.3", RAM, 4096);
    assertThat(header.stateBytes()).isEqualTo(STATE);
    return file;
  }

  private static void write(Fd fd, long at, int length, int seed) throws IOException {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    FileIo.writeAt(fd, at, bytes);
  }

  private static void assertSame(Fd one, Fd other) throws IOException {
    for (long at = 0; at < RAM; at += BLOCK) {
      int length = (int) Math.min(BLOCK, RAM - at);
      assertThat(Arrays.equals(FileIo.readAt(one, at, length), FileIo.readAt(other, at, length)))
          .as("block at " + at)
          .isTrue();
    }
  }

  private static void refused(MemoryReason reason, ThrowingCallable call) {
    assertThatExceptionOfType(StateRefused.class)
        .isThrownBy(call)
        .satisfies(e -> assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason));
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + ": " + output);
    }
  }
}
