package dev.moult.linux.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.file.Pipe;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class TapIT {
  @Test
  void livesInTheNamespaceOfTheThreadThatMadeIt() throws Exception {
    try (Fd namespace = NetworkNamespace.create()) {
      // When
      try (Tap tap = NetworkNamespace.call(namespace, () -> Tap.attach("moult-it0", true))) {
        // Then
        assertThat(tap.attachment()).isEqualTo(new Tap.Attachment("moult-it0", true));
        assertThat(FileControl.isNonBlocking(tap.fd())).isTrue();
        String inside =
            NetworkNamespace.call(
                namespace, () -> Files.readString(Path.of("/proc/thread-self/net/dev")));
        assertThat(inside).contains("moult-it0");
        assertThat(Files.readString(Path.of("/proc/self/net/dev"))).doesNotContain("moult-it0");
        refused(
            Errno.EBUSY,
            () -> NetworkNamespace.call(namespace, () -> Tap.attach("moult-it0", true)).close());
      }
      assertThat(
              NetworkNamespace.call(
                  namespace, () -> Files.readString(Path.of("/proc/thread-self/net/dev"))))
          .doesNotContain("moult-it0");
    }
  }

  @Test
  void itsHeaderSizeIsSharedAndCanBeRestored() throws Exception {
    try (Fd namespace = NetworkNamespace.create();
        Tap tap = NetworkNamespace.call(namespace, () -> Tap.attach("t0", true));
        Tap same = Tap.adopt(tap.fd().dup())) {
      // Given
      assertThat(tap.vnetHeaderSize()).isEqualTo(10);

      // When
      same.setVnetHeaderSize(12);

      // Then
      assertThat(tap.vnetHeaderSize()).isEqualTo(12);
      tap.setOffloads(Tap.OFFLOAD_CHECKSUM | Tap.OFFLOAD_TSO4 | Tap.OFFLOAD_TSO6);
      refused(Errno.EINVAL, () -> tap.setOffloads(1 << 30));
      tap.setOwner(4711);
      tap.setCarrier(false);
      tap.setCarrier(true);
    }
  }

  @Test
  void aPersistentOneStaysAndIsAttachedAgain() throws Exception {
    try (Fd namespace = NetworkNamespace.create()) {
      // Given
      try (Tap tap = NetworkNamespace.call(namespace, () -> Tap.attach("t0", false))) {
        tap.setPersistent(true);
        assertThat(tap.attachment().vnetHeader()).isFalse();
      }

      // When
      boolean up =
          NetworkNamespace.call(
              namespace,
              () -> {
                NetworkInterface.setUp("t0", true);
                return NetworkInterface.isUp("t0");
              });

      // Then
      assertThat(up).isTrue();
      NetworkNamespace.call(namespace, () -> Tap.attach("t0", false)).close();
    }
  }

  @Test
  void aQueueIsDetachedAndAttachedByWhoeverHoldsIt() throws Exception {
    try (Fd namespace = NetworkNamespace.create();
        Tap first = NetworkNamespace.call(namespace, () -> Tap.attachQueue("t0", true));
        Tap second = NetworkNamespace.call(namespace, () -> Tap.attachQueue("t0", true));
        Tap same = Tap.adopt(second.fd().dup())) {
      // Given
      assertThat(second.attachment()).isEqualTo(first.attachment());
      assertThat(FileControl.isNonBlocking(second.fd())).isTrue();
      assertThat(second.isQueueAttached()).isTrue();

      // When
      same.setQueueAttached(false);

      // Then
      assertThat(second.isQueueAttached()).isFalse();
      assertThat(first.isQueueAttached()).isTrue();
      assertThat(second.attachment()).as("still one of it").isEqualTo(first.attachment());
      refused(Errno.EINVAL, () -> second.setQueueAttached(false));
      first.setVnetHeaderSize(12);
      assertThat(second.vnetHeaderSize()).as("the tap's").isEqualTo(12);
      second.setQueueAttached(true);
      assertThat(same.isQueueAttached()).isTrue();
      refused(Errno.EINVAL, () -> same.setQueueAttached(true));
    }
  }

  @Test
  void aTapOfOneQueueHasNoOther() throws Exception {
    try (Fd namespace = NetworkNamespace.create();
        Tap only = NetworkNamespace.call(namespace, () -> Tap.attach("t0", true))) {
      refused(
          Errno.EINVAL,
          () -> NetworkNamespace.call(namespace, () -> Tap.attachQueue("t0", true)).close());
      refused(Errno.EINVAL, () -> only.setQueueAttached(false));
      assertThat(only.isQueueAttached()).isTrue();
    }
  }

  @Test
  void anythingElseIsNoTapAndNoInterface() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      refused(Errno.ENOTTY, () -> Tap.adopt(pipe.reader()).attachment());
    }
    refused(Errno.ENODEV, () -> NetworkInterface.isUp("moult-none"));
  }

  @Test
  void theCallersThreadStaysWhereItWas() throws Exception {
    // Given
    Path self = Path.of("/proc/thread-self/ns/net");
    String before = Files.readSymbolicLink(self).toString();

    // When
    try (Fd namespace = NetworkNamespace.create()) {
      String inside =
          NetworkNamespace.call(namespace, () -> Files.readSymbolicLink(self).toString());

      // Then
      assertThat(inside).isNotEqualTo(before);
      assertThat(Files.readSymbolicLink(self).toString()).isEqualTo(before);
    }
  }

  private static void refused(
      Errno errno, org.assertj.core.api.ThrowableAssert.ThrowingCallable c) {
    assertThatExceptionOfType(LinuxException.class)
        .isThrownBy(c)
        .satisfies(e -> assertThat(e.errno()).isEqualTo(errno));
  }
}
