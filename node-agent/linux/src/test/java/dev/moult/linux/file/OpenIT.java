package dev.moult.linux.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenIT {
  @TempDir Path directory;

  @Test
  void refusesEverySymbolicLinkOnTheWay() throws Exception {
    // Given
    Files.createDirectory(directory.resolve("real"));
    Files.writeString(directory.resolve("real/file"), "x");
    Files.createSymbolicLink(directory.resolve("linked"), Path.of("real"));
    Files.createSymbolicLink(directory.resolve("real/link"), Path.of("file"));
    try (Fd root = open()) {
      // When, Then
      Open.at(root, "real/file", Open.UNTRUSTED).close();
      refused(Errno.ELOOP, () -> Open.at(root, "linked/file", Open.UNTRUSTED));
      refused(Errno.ELOOP, () -> Open.at(root, "real/link", Open.UNTRUSTED));
    }
  }

  @Test
  void refusesEveryWayOut() throws Exception {
    // Given
    Files.createSymbolicLink(directory.resolve("out"), Path.of("/etc"));
    try (Fd root = open()) {
      // When, Then
      refused(Errno.EXDEV, () -> Open.at(root, "../x", Open.UNTRUSTED));
      refused(Errno.EXDEV, () -> Open.at(root, "/etc/passwd", Open.UNTRUSTED));
      refused(Errno.EXDEV, () -> Open.at(root, "out/passwd", Set.of(Resolve.BENEATH)));
      refused(Errno.ENOENT, () -> Open.at(root, "out/passwd", Set.of(Resolve.IN_ROOT)));
    }
  }

  @Test
  void createsWithTheModeGiven() throws Exception {
    try (Fd root = open();
        Fd file =
            Open.at(
                root,
                "new",
                Open.UNTRUSTED,
                0640,
                OpenFlag.CREATE,
                OpenFlag.EXCLUSIVE,
                OpenFlag.READ_WRITE)) {
      // When
      FileIo.write(file, "abcdef".getBytes(StandardCharsets.US_ASCII));
      FileIo.writeAt(file, 2, "XY".getBytes(StandardCharsets.US_ASCII));

      // Then
      assertThat(new String(FileIo.readAt(file, 1, 100), StandardCharsets.US_ASCII))
          .isEqualTo("bXYef");
      FileStat stat = FileStat.of(file);
      assertThat(stat.permissions()).isEqualTo(0640);
      assertThat(stat.size()).isEqualTo(6);
      assertThat(stat.type()).isEqualTo(FileStat.Type.REGULAR);
      assertThat(stat.links()).isEqualTo(1);
      assertThat(stat.isSameFileAs(FileStat.at(root, "new"))).isTrue();
      assertThat(stat.inode()).isEqualTo(Files.getAttribute(directory.resolve("new"), "unix:ino"));
      refused(
          Errno.EEXIST,
          () -> Open.at(root, "new", Open.UNTRUSTED, OpenFlag.CREATE, OpenFlag.EXCLUSIVE));
    }
  }

  @Test
  void anOpenPathDescriptorIsANameOnly() throws Exception {
    // Given
    Files.writeString(directory.resolve("file"), "x");
    Files.createSymbolicLink(directory.resolve("link"), Path.of("file"));

    // When
    try (Fd name = Open.path(directory.resolve("link"), OpenFlag.PATH, OpenFlag.NO_FOLLOW)) {
      // Then
      assertThat(FileStat.of(name).type()).isEqualTo(FileStat.Type.SYMBOLIC_LINK);
      assertThat(FileControl.accessMode(name)).isEqualTo(FileControl.AccessMode.NONE);
      refused(Errno.EBADF, () -> FileIo.read(name, 1));
    }
  }

  @Test
  void looksAtDevices() throws Exception {
    try (Fd device = Open.path(Path.of("/dev/null"), OpenFlag.READ_WRITE)) {
      FileStat stat = FileStat.of(device);
      assertThat(stat.type()).isEqualTo(FileStat.Type.CHARACTER_DEVICE);
      assertThat(stat.deviceNumber()).isEqualTo(new FileStat.DeviceNumber(1, 3));
      assertThat(FileControl.accessMode(device)).isEqualTo(FileControl.AccessMode.READ_WRITE);
    }
  }

  @Test
  void reopensWithItsOwnLock() throws Exception {
    // Given
    try (Fd file = Open.path(directory.resolve("f"), OpenFlag.CREATE, OpenFlag.READ_WRITE);
        Fd copy = file.dup();
        Fd other = Open.reopen(file, OpenFlag.READ_WRITE)) {
      // When
      assertThat(FileControl.tryLock(file)).isTrue();

      // Then
      assertThat(FileControl.tryLock(copy)).isTrue(); // the same open file
      assertThat(FileControl.tryLock(other)).isFalse();
      FileControl.unlock(file);
      assertThat(FileControl.tryLock(other)).isTrue();
    }
  }

  @Test
  void makesReadsAndRemovesNames() throws Exception {
    try (Fd root = open()) {
      // When
      FileControl.makeDirectory(root, "d", 0700);
      Files.createSymbolicLink(directory.resolve("l"), Path.of("to/here"));
      Files.writeString(directory.resolve("f"), "");

      // Then
      assertThat(FileControl.readLink(root, "l")).isEqualTo("to/here");
      FileControl.removeDirectory(root, "d");
      FileControl.unlink(root, "l");
      assertThat(FileControl.unlinkIfThere(root, "f")).isTrue();
      assertThat(FileControl.unlinkIfThere(root, "f")).isFalse();
      try (Fd self = Open.path(directory, OpenFlag.DIRECTORY)) {
        FileControl.sync(self);
      }
      assertThat(directory).isEmptyDirectory();
    }
  }

  private Fd open() throws LinuxException {
    return Open.path(directory, OpenFlag.PATH, OpenFlag.DIRECTORY);
  }

  private static void refused(
      Errno errno, org.assertj.core.api.ThrowableAssert.ThrowingCallable c) {
    assertThatExceptionOfType(LinuxException.class)
        .isThrownBy(c)
        .satisfies(e -> assertThat(e.errno()).isEqualTo(errno));
  }
}
