package dev.moult.qemu.qmp;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** Connects to a unix socket whose path may be longer than a socket address. */
final class UnixPath {

  /** {@code sizeof(sun_path) - 1}, linux/un.h: the ending NUL is not ours. */
  static final int MAX_BYTES = 107;

  private UnixPath() {}

  static SocketChannel connect(Path socket) throws IOException {
    Path absolute = socket.toAbsolutePath();
    if (absolute.toString().getBytes(StandardCharsets.UTF_8).length <= MAX_BYTES) {
      return open(absolute);
    }
    Path directory = Files.createTempDirectory("qmp");
    Path link = directory.resolve("d");
    try {
      Files.createSymbolicLink(link, Objects.requireNonNull(absolute.getParent()));
      return open(link.resolve(Objects.requireNonNull(absolute.getFileName())));
    } finally {
      Files.deleteIfExists(link);
      Files.deleteIfExists(directory);
    }
  }

  private static SocketChannel open(Path path) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      // QEMU's queue of callers has room for two: a blocking connect would wait for ever behind
      // callers that a frozen QEMU has not looked at.
      channel.configureBlocking(false);
      if (!channel.connect(UnixDomainSocketAddress.of(path))) {
        throw new IOException("the monitor's queue of callers is full");
      }
      channel.configureBlocking(true);
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }
}
