package dev.moult.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.moult.linux.Fd;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.file.FileIo;
import dev.moult.linux.file.Memfd;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class StateFileTest {
  private static final String VM = "0b3a7d5e-1111-4222-8333-444455556666";
  private static final String RUN = "9f000000-1111-4222-8333-444455556666";
  private static final String MACHINE = "ab".repeat(32);
  private static final int STATE = 3_001_117;
  private static final long RAM = 5 << 20;

  private Fd file;
  private StateHeader header;

  @BeforeEach
  void save() throws IOException {
    file = Memfd.create("state", 0, Memfd.Pages.NORMAL);
    byte[] state = new byte[STATE];
    new Random(7).nextBytes(state);
    FileIo.writeAt(file, StateFile.HEADER_BYTES, state);
    header =
        new StateHeader(
            VM, RUN, 3, StateFile.digest(file, STATE), STATE, MACHINE, "11.1.3", RAM, 4096);
    StateFile.write(file, header);
  }

  @AfterEach
  void close() {
    file.close();
  }

  @Test
  void isReadAsItWasWritten() throws IOException {
    StateFile.Seen seen = StateFile.readUnused(file);

    assertThat(seen).isEqualTo(new StateFile.Seen(header, Step.SAVED, ""));
    seen.header().requireOf(VM, MACHINE, RAM);
  }

  @Test
  void isSealedWithTheDescriptionOfItsMachine() throws IOException {
    byte[] machine = "{\"type\":\"pc-q35-10.0\"}".getBytes(StandardCharsets.UTF_8);

    StateHeader sealed = StateFile.seal(file, VM, RUN, 4, machine, "10.0.2", RAM, 4096);

    assertThat(sealed.stateSha256()).isEqualTo(header.stateSha256());
    assertThat(sealed.stateBytes()).isEqualTo(STATE);
    assertThat(StateFile.readUnused(file).header()).isEqualTo(sealed);
    assertThat(StateFile.machine(file, sealed)).isEqualTo(machine);
    flip(StateFile.HEADER_BYTES + STATE + 3);
    refused(MemoryReason.STATE_DAMAGED, () -> StateFile.machine(file, sealed));
    refused(MemoryReason.STATE_DAMAGED, () -> StateFile.readUnused(file));
  }

  @Test
  void aFlippedByteAnywhereInTheHeaderIsRefused() throws IOException {
    for (int at = 0; at < StateFile.HEADER_BYTES; at++) {
      flip(at);
      refused(MemoryReason.STATE_DAMAGED, () -> StateFile.read(file));
      flip(at);
    }
    assertThat(StateFile.readUnused(file).step()).isEqualTo(Step.SAVED);
  }

  @Test
  void aFlippedByteInAMarkIsRefused() throws IOException {
    StateFile.advance(file, Step.LOADED, RUN);
    for (int at = 512; at < 1024; at++) {
      flip(at);
      refused(MemoryReason.STATE_DAMAGED, () -> StateFile.read(file));
      flip(at);
    }
    StateFile.advance(file, Step.CONSUMED, RUN);
    for (int at = 1024; at < 1536; at++) {
      flip(at);
      refused(MemoryReason.STATE_DAMAGED, () -> StateFile.read(file));
      flip(at);
    }
  }

  @Test
  void aFlippedByteInTheStateIsRefused() throws IOException {
    for (int at : new int[] {0, 1, STATE / 2, STATE - 1}) {
      flip(StateFile.HEADER_BYTES + at);
      assertThat(StateFile.read(file).header()).isEqualTo(header); // the header knows nothing of it
      refused(MemoryReason.STATE_DAMAGED, () -> StateFile.readUnused(file));
      flip(StateFile.HEADER_BYTES + at);
    }
  }

  @Test
  void aFileThatIsCutOrGrewIsRefused() throws IOException {
    for (int size : new int[] {0, 1, 511, 4095, 4096, 4096 + STATE - 1, 4096 + STATE + 1}) {
      try (Fd other = Memfd.create("cut", 0, Memfd.Pages.NORMAL)) {
        FileIo.writeAt(other, 0, FileIo.readAt(file, 0, Math.min(size, 4096 + STATE)));
        FileControl.truncate(other, size);

        refused(MemoryReason.STATE_DAMAGED, () -> StateFile.read(other));
      }
    }
  }

  @Test
  void anotherVmOrMachineIsRefused() throws IOException {
    StateHeader read = StateFile.read(file).header();

    refused(MemoryReason.STATE_FOREIGN, () -> read.requireOf(RUN, MACHINE, RAM));
    refused(MemoryReason.STATE_FOREIGN, () -> read.requireOf(VM, "cd".repeat(32), RAM));
    assertThatExceptionOfType(StateRefused.class)
        .isThrownBy(() -> read.requireOf(VM, MACHINE, RAM + 4096))
        .withMessageContaining(RAM + " bytes")
        .withMessageContaining((RAM + 4096) + " bytes")
        .satisfies(e -> assertThat(e.reason()).isEqualTo(MemoryReason.RAM_SIZE_MISMATCH));
  }

  @Test
  void stepsGoOnAndNeverBack() throws IOException {
    StateFile.advance(file, Step.LOADED, RUN);
    StateFile.advance(file, Step.LOADED, "another"); // no guest has run from it
    assertThat(StateFile.readUnused(file)).isEqualTo(seen(Step.LOADED, "another"));

    StateFile.advance(file, Step.CONSUMED, RUN);
    StateFile.advance(file, Step.CONSUMED, RUN); // whoever did not hear of it asks again

    assertThat(StateFile.read(file)).isEqualTo(seen(Step.CONSUMED, RUN));
    refused(MemoryReason.STATE_USED, () -> StateFile.readUnused(file));
    refused(MemoryReason.STATE_USED, () -> StateFile.advance(file, Step.CONSUMED, "another"));
    refused(MemoryReason.STATE_USED, () -> StateFile.advance(file, Step.LOADED, RUN));
    assertThatIllegalArgumentException().isThrownBy(() -> StateFile.advance(file, Step.SAVED, RUN));
    assertThat(StateFile.read(file)).isEqualTo(seen(Step.CONSUMED, RUN));
  }

  @Test
  void aStateMayBeConsumedWithoutHavingBeenCalledLoaded() throws IOException {
    StateFile.advance(file, Step.CONSUMED, RUN);

    refused(MemoryReason.STATE_USED, () -> StateFile.readUnused(file));
  }

  @Test
  void theMarkOfAnotherStateIsNone() throws IOException {
    StateFile.advance(file, Step.LOADED, RUN);
    byte[] mark = FileIo.readAt(file, 512, 512);
    StateFile.write(
        file,
        new StateHeader(VM, RUN, 4, header.stateSha256(), STATE, MACHINE, "11.1.3", RAM, 4096));

    FileIo.writeAt(file, 512, mark);

    refused(MemoryReason.STATE_DAMAGED, () -> StateFile.read(file));
  }

  @Test
  void aNewerVersionIsNamed() throws IOException {
    byte[] sector = FileIo.readAt(file, 0, StateHeader.BYTES);
    sector[11] = 2;
    int sum = StateHeader.checksum(sector, StateHeader.BYTES - 4);
    ByteBuffer.wrap(sector).putInt(StateHeader.BYTES - 4, sum);
    FileIo.writeAt(file, 0, sector);

    refused(MemoryReason.STATE_VERSION_UNKNOWN, () -> StateFile.read(file));
  }

  @Test
  void aHeaderThatCannotBeIsNotMade() {
    String sha = header.stateSha256();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new StateHeader("", RUN, 0, sha, 1, MACHINE, "11.1.3", RAM, 4096));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new StateHeader(VM, RUN, 0, sha, 1, MACHINE, "x".repeat(65), RAM, 4096));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new StateHeader(VM, RUN, 0, "ab", 1, MACHINE, "11.1.3", RAM, 4096));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new StateHeader(VM, RUN, 0, sha, 1, MACHINE, "11.1.3", RAM + 1, 4096));
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            new StateHeader(
                VM, RUN, 0, sha, StateHeader.MOST_STATE_BYTES + 1, MACHINE, "11.1.3", RAM, 4096));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> header.with(new StateHeader.Sums(RamSums.BLOCK, 2, 0)));
  }

  private StateFile.Seen seen(Step step, String by) {
    return new StateFile.Seen(header, step, by);
  }

  private void flip(long at) throws IOException {
    byte[] one = FileIo.readAt(file, at, 1);
    one[0] ^= 0x10;
    FileIo.writeAt(file, at, one);
  }

  private static void refused(MemoryReason reason, ThrowingCallable call) {
    assertThatExceptionOfType(StateRefused.class)
        .isThrownBy(call)
        .satisfies(e -> assertThat(e.reason()).isEqualTo(reason));
  }
}
