package dev.moult.linux.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.moult.linux.Deadline;
import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.file.FileIo;
import dev.moult.linux.file.FileStat;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import dev.moult.linux.file.Resolve;
import dev.moult.linux.socket.Received;
import dev.moult.linux.socket.UnixListener;
import dev.moult.linux.socket.UnixSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MountIT {
  private static final DetachedTmpfs MEETING_PLACE =
      new DetachedTmpfs(64 * 1024, 16, 4711, 4712, 0700);

  @TempDir Path directory;

  @Test
  void aDetachedTmpfsIsReachedByItsDescriptorAlone() throws Exception {
    // When
    try (Fd place = MEETING_PLACE.mount();
        MountTable table = MountTable.open()) {
      // Then
      FileStat root = FileStat.of(place);
      assertThat(root.uid()).isEqualTo(4711);
      assertThat(root.gid()).isEqualTo(4712);
      assertThat(root.permissions()).isEqualTo(0700);
      assertThat(FileControl.fileSystemType(place)).isEqualTo(FileControl.TMPFS);
      assertThat(table.read()).extracting(Mount::device).doesNotContain(root.device());
      // ".." does not leave it
      try (Fd up = Open.at(place, "..", Set.of(), OpenFlag.PATH)) {
        assertThat(FileStat.of(up).isSameFileAs(root)).isTrue();
      }
    }
  }

  @Test
  void socketsMeetOnItAndItsLimitsHold() throws Exception {
    try (Fd place = MEETING_PLACE.mount();
        UnixListener listener =
            UnixListener.bind(UnixSocket.Type.STREAM, place, "main.sock", 0700, 1)) {
      try (Fd name =
          Open.at(place, "main.sock", Open.UNTRUSTED, OpenFlag.PATH, OpenFlag.NO_FOLLOW)) {
        FileControl.chown(name, 4711, 4711);
      }
      assertThat(FileStat.at(place, "main.sock").uid()).isEqualTo(4711);

      // When
      try (UnixSocket client =
              UnixSocket.connect(UnixSocket.Type.STREAM, place, "main.sock", soon());
          UnixSocket server = listener.accept(soon())) {
        client.send(new byte[] {1}, List.of(place), soon());

        // Then: it can be passed on itself
        try (Received received = server.receive(1, 1, soon())) {
          assertThat(FileStat.of(received.descriptors().get(0)).isSameFileAs(FileStat.of(place)))
              .isTrue();
        }
      }
      FileControl.unlink(place, "main.sock");
      try (Fd big =
          Open.at(place, "big", Set.of(Resolve.BENEATH), OpenFlag.CREATE, OpenFlag.READ_WRITE)) {
        refused(Errno.ENOSPC, () -> FileControl.allocate(big, 80 * 1024));
        refused(Errno.ENOSPC, () -> FileIo.write(big, new byte[80 * 1024]));
      }
      refused(
          Errno.ENOSPC,
          () -> {
            for (int i = 0; i < 20; i++) {
              FileControl.makeDirectory(place, "d" + i, 0700);
            }
          });
    }
  }

  @Test
  void aChangeOfTheTableIsSeen() throws Exception {
    try (MountTable table = MountTable.open()) {
      // Given
      assertThat(table.awaitChange(Deadline.now())).isFalse();

      // When
      mount("-t", "tmpfs", "-o", "size=4k", "none", directory.toString());
      try {
        // Then
        assertThat(table.awaitChange(soon())).isTrue();
        assertThat(table.read())
            .anyMatch(
                m -> m.mountPoint().equals(directory.toString()) && m.fileSystem().equals("tmpfs"));
      } finally {
        new ProcessBuilder("umount", directory.toString()).inheritIO().start().waitFor();
      }
      assertThat(table.awaitChange(soon())).isTrue();
      assertThat(table.read()).noneMatch(m -> m.mountPoint().equals(directory.toString()));
    }
  }

  private static void mount(String... arguments) throws Exception {
    List<String> command = new java.util.ArrayList<>(List.of("mount"));
    command.addAll(List.of(arguments));
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }

  private static Deadline soon() {
    return Deadline.in(Duration.ofSeconds(5));
  }

  private static void refused(
      Errno errno, org.assertj.core.api.ThrowableAssert.ThrowingCallable c) {
    assertThatExceptionOfType(LinuxException.class)
        .isThrownBy(c)
        .satisfies(e -> assertThat(e.errno()).isEqualTo(errno));
  }
}
