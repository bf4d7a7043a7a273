package dev.moult.linux.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.moult.linux.Deadline;
import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.file.FileStat;
import dev.moult.linux.file.Memfd;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import dev.moult.linux.net.NetworkNamespace;
import dev.moult.linux.process.PidFd;
import dev.moult.linux.process.ProcessImage;
import dev.moult.linux.socket.UnixSocket.Half;
import dev.moult.linux.socket.UnixSocket.Type;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class UnixSocketIT {
  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource
  void passesDescriptorsInOrder(Type type) throws Exception {
    try (UnixSocket.Pair pair = UnixSocket.pair(type);
        Fd one = Memfd.create("one", 4096, Memfd.Pages.NORMAL);
        Fd two = Memfd.create("two", 8192, Memfd.Pages.NORMAL)) {
      // When
      pair.left().send(bytes("plan"), List.of(one, two, one), soon());

      // Then
      try (Received received = pair.right().receive(100, 3, soon())) {
        assertThat(received.data()).isEqualTo(bytes("plan"));
        List<Fd> got = received.takeDescriptors();
        assertThat(got).hasSize(3);
        assertThat(FileStat.of(got.get(0)).isSameFileAs(FileStat.of(one))).isTrue();
        assertThat(FileStat.of(got.get(1)).isSameFileAs(FileStat.of(two))).isTrue();
        assertThat(FileControl.isCloseOnExec(got.get(1))).isTrue();
        Fd.closeAll(got);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void takesSixtyFourDescriptorsAndNoneMoreThanAllowed(Type type) throws Exception {
    try (UnixSocket.Pair pair = UnixSocket.pair(type);
        Fd file = Memfd.create("f", 4096, Memfd.Pages.NORMAL)) {
      // Given
      List<Fd> most = Collections.nCopies(UnixSocket.MAX_DESCRIPTORS, file);
      pair.left().send(bytes("x"), most, soon());
      try (Received all = pair.right().receive(10, UnixSocket.MAX_DESCRIPTORS, soon())) {
        assertThat(all.descriptors()).hasSize(UnixSocket.MAX_DESCRIPTORS);
      }
      long inode = FileStat.of(file).inode();
      int before = openOf(inode);

      // When
      pair.left().send(bytes("x"), most, soon());

      // Then: refused, and those that came before the limit are closed
      refused(Errno.EMSGSIZE, () -> pair.right().receive(10, 5, soon()));
      assertThat(openOf(inode)).isEqualTo(before);

      // When none is allowed at all
      pair.left().send(bytes("x"), List.of(file), soon());
      refused(Errno.EMSGSIZE, () -> pair.right().receive(10, soon()));
      assertThat(openOf(inode)).isEqualTo(before);
    }
  }

  @Test
  void aLongerPacketThanAllowedIsRefusedWithItsDescriptors() throws Exception {
    try (UnixSocket.Pair pair = UnixSocket.pair(Type.SEQPACKET);
        Fd file = Memfd.create("f", 4096, Memfd.Pages.NORMAL)) {
      // Given
      long inode = FileStat.of(file).inode();
      pair.left().send(bytes("too long"), List.of(file), soon());

      // When, Then
      refused(Errno.EMSGSIZE, () -> pair.right().receive(4, 1, soon()));
      assertThat(openOf(inode)).isEqualTo(1);
    }
  }

  @Test
  void aStreamSendsMoreThanItsBufferHolds() throws Exception {
    try (UnixSocket.Pair pair = UnixSocket.pair(Type.STREAM);
        Fd file = Memfd.create("f", 4096, Memfd.Pages.NORMAL)) {
      // Given
      byte[] much = new byte[3 << 20];
      Thread sender =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  pair.left().send(much, List.of(file), soon());
                  pair.left().shutdown(Half.WRITE);
                } catch (LinuxException e) {
                  throw new AssertionError(e);
                }
              });

      // When
      int bytes = 0;
      int descriptors = 0;
      boolean end = false;
      while (!end) {
        try (Received received = pair.right().receive(1 << 16, 4, soon())) {
          bytes += received.data().length;
          descriptors += received.descriptors().size();
          end = received.isEnd();
        }
      }
      sender.join();

      // Then: all bytes, the descriptor once
      assertThat(bytes).isEqualTo(much.length);
      assertThat(descriptors).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyWaitEndsAtItsDeadline(Type type) throws Exception {
    try (UnixSocket.Pair pair = UnixSocket.pair(type)) {
      refused(Errno.ETIMEDOUT, () -> pair.left().receive(10, Deadline.inMillis(20)));
      refused(
          Errno.ETIMEDOUT,
          () -> {
            for (; ; ) { // until the buffer is full
              pair.left().send(new byte[50_000], Deadline.inMillis(20));
            }
          });
    }
    try (UnixSocket.Pair pair = UnixSocket.pair(type)) {
      pair.right().close();
      refused(Errno.EPIPE, () -> pair.left().send(new byte[1], soon()));
    }
    try (Fd root = root();
        UnixListener listener = UnixListener.bind(type, root, "l", 0600, 0)) {
      refused(Errno.ETIMEDOUT, () -> listener.accept(Deadline.inMillis(20)));
      List<UnixSocket> queued = new ArrayList<>();
      refused(
          Errno.ETIMEDOUT,
          () -> {
            for (; ; ) { // until the listener's queue is full
              queued.add(UnixSocket.connect(type, root, "l", Deadline.inMillis(20)));
            }
          });
      assertThat(queued).isNotEmpty();
      queued.forEach(UnixSocket::close);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aBoundSocketIsBornWithItsModeAndReachedInEveryWay(Type type) throws Exception {
    int before = ProcessImage.umask(0);
    try (Fd root = root();
        UnixListener listener = UnixListener.bind(type, root, "agent.sock", 0777, 4)) {
      // Then
      FileStat stat = FileStat.at(root, "agent.sock");
      assertThat(stat.type()).isEqualTo(FileStat.Type.SOCKET);
      assertThat(stat.permissions()).isEqualTo(0777);

      // When
      try (Fd name = Open.at(root, "agent.sock", Open.UNTRUSTED, OpenFlag.PATH);
          UnixSocket byName = UnixSocket.connect(type, root, "agent.sock", soon());
          UnixSocket byFile = UnixSocket.connect(type, name, soon());
          UnixSocket byPath =
              UnixSocket.connect(type, directory.resolve("agent.sock").toString(), soon());
          UnixSocket first = listener.accept(soon());
          UnixSocket second = listener.accept(soon());
          UnixSocket third = listener.accept(soon())) {
        byName.send(bytes("1"), soon());
        byFile.send(bytes("2"), soon());
        byPath.send(bytes("3"), soon());

        // Then
        assertThat(first.receive(9, soon()).data()).isEqualTo(bytes("1"));
        assertThat(second.receive(9, soon()).data()).isEqualTo(bytes("2"));
        assertThat(third.receive(9, soon()).data()).isEqualTo(bytes("3"));
      }
    } finally {
      ProcessImage.umask(before);
    }
  }

  @Test
  void aPathMayBeLongerThanASocketsAddress() throws Exception {
    Path deep = Files.createDirectory(directory.resolve("d".repeat(120)));
    try (Fd root = Open.path(deep, OpenFlag.PATH);
        UnixListener listener = UnixListener.bind(Type.STREAM, root, "s", 0700, 1);
        UnixSocket client = UnixSocket.connect(Type.STREAM, deep.resolve("s"), soon());
        UnixSocket server = listener.accept(soon())) {
      // When
      client.send(bytes("1"), soon());

      // Then
      assertThat(server.receive(9, soon()).data()).isEqualTo(bytes("1"));
    }
    refused(
        Errno.ENAMETOOLONG,
        () -> UnixSocket.connect(Type.STREAM, deep.resolve("s").toString(), soon()));
  }

  @Test
  void bindingNeverFollowsAName() throws Exception {
    try (Fd root = root()) {
      // Given
      Files.createSymbolicLink(directory.resolve("s"), directory.resolve("elsewhere"));

      // When, Then
      refused(Errno.EADDRINUSE, () -> UnixListener.bind(Type.STREAM, root, "s", 0700, 1));
      assertThat(directory.resolve("elsewhere")).doesNotExist();
      refused(Errno.ENOENT, () -> UnixSocket.connect(Type.STREAM, root, "nobody", Deadline.now()));
    }
  }

  @Test
  void tellsWhoIsAtTheOtherEnd() throws Exception {
    try (UnixSocket.Pair pair = UnixSocket.pair(Type.SEQPACKET);
        PidFd peer = PidFd.adopt(pair.left().peerPidFd())) {
      assertThat(peer.pid()).isEqualTo((int) ProcessHandle.current().pid());
      assertThat(peer.isAlive()).isTrue();
      assertThat(pair.left().peerCredentials().pid()).isEqualTo(peer.pid());
      assertThat(pair.left().peerCredentials().uid())
          .isEqualTo(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    }
  }

  @Test
  void aShutdownEndsTheWaitOfAnotherThread() throws Exception {
    try (UnixSocket.Pair pair = UnixSocket.pair(Type.STREAM)) {
      // Given
      Thread ender =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  pair.left().shutdown(Half.BOTH);
                } catch (LinuxException e) {
                  throw new AssertionError(e);
                }
              });

      // When
      Received received = pair.left().receive(10, soon());
      ender.join();

      // Then
      assertThat(received.isEnd()).isTrue();
    }
  }

  @Test
  void anAbstractNameIsKnownInItsNetworkNamespaceAlone() throws Exception {
    try (Fd namespace = NetworkNamespace.create();
        UnixListener listener =
            NetworkNamespace.call(
                namespace, () -> UnixListener.bindAbstract(Type.SEQPACKET, "moult-it", 1))) {
      // When
      try (UnixSocket dialled = NetworkNamespace.call(namespace, UnixSocketIT::dial);
          UnixSocket accepted = listener.accept(soon())) {
        accepted.send(bytes("hello"), soon());

        // Then
        assertThat(dialled.receive(10, soon()).data()).isEqualTo(bytes("hello"));
      }
      refused(Errno.ECONNREFUSED, () -> dial().close());
      refused(
          Errno.EADDRINUSE,
          () ->
              NetworkNamespace.call(
                      namespace, () -> UnixListener.bindAbstract(Type.SEQPACKET, "moult-it", 1))
                  .close());
    }
  }

  private static UnixSocket dial() throws LinuxException {
    return UnixSocket.connectAbstract(Type.SEQPACKET, "moult-it", soon());
  }

  private Fd root() throws LinuxException {
    return Open.path(directory, OpenFlag.PATH, OpenFlag.DIRECTORY);
  }

  private static int openOf(long inode) throws Exception {
    int count = 0;
    try (var numbers = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path number : numbers) {
        try {
          if (Files.getAttribute(number, "unix:ino").equals(inode)) {
            count++;
          }
        } catch (java.nio.file.NoSuchFileException e) {
          // closed by another thread meanwhile
        }
      }
    }
    return count;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Deadline soon() {
    return Deadline.in(Duration.ofSeconds(10));
  }

  private static void refused(
      Errno errno, org.assertj.core.api.ThrowableAssert.ThrowingCallable c) {
    assertThatExceptionOfType(LinuxException.class)
        .isThrownBy(c)
        .satisfies(e -> assertThat(e.errno()).isEqualTo(errno));
  }
}
