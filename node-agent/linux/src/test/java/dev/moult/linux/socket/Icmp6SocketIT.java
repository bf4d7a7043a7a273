package dev.moult.linux.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.net.NetworkNamespace;
import org.junit.jupiter.api.Test;

class Icmp6SocketIT {
  @Test
  void isOfOneLinkAndHasAMark() throws Exception {
    try (Fd namespace = NetworkNamespace.create()) {
      // When
      try (Fd socket = NetworkNamespace.call(namespace, () -> Icmp6Socket.boundTo("lo", 0x6d36))) {
        // Then
        int[] mark = new int[1];
        SocketOptions.get(socket, "SO_MARK", SocketAbi.SO_MARK, mark);
        assertThat(mark[0]).isEqualTo(0x6d36);
        assertThat(FileControl.isCloseOnExec(socket)).isTrue();
      }
      assertThatExceptionOfType(LinuxException.class)
          .isThrownBy(() ->
              NetworkNamespace.call(namespace, () -> Icmp6Socket.boundTo("tap0", 0x6d36)).close())
          .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.ENODEV));
    }
  }
}
