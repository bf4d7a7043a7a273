package dev.moult.linux.socket;

import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * {@code struct sockaddr_un} for path and abstract names, {@code struct sockaddr_in} for the
 * loopback.
 */
final class SocketAddresses {
  private SocketAddresses() {}

  /** Family, a zero and the name, which lives in the network namespace of the socket. */
  static byte[] ofAbstract(String name) {
    byte[] text = name.getBytes(StandardCharsets.US_ASCII);
    if (text.length == 0 || SocketAbi.SUN_PATH + 1 + text.length > SocketAbi.SOCKADDR_UN_SIZE) {
      throw new IllegalArgumentException("an abstract name has 1 to 107 bytes: " + name);
    }
    ByteBuffer address =
        ByteBuffer.allocate(SocketAbi.SUN_PATH + 1 + text.length).order(ByteOrder.nativeOrder());
    return address.putShort((short) SocketAbi.AF_UNIX).put((byte) 0).put(text).array();
  }

  /** Family, path and its ending zero. */
  static byte[] ofPath(String path) throws LinuxException {
    byte[] name = path.getBytes(StandardCharsets.UTF_8);
    if (name.length == 0 || SocketAbi.SUN_PATH + name.length + 1 > SocketAbi.SOCKADDR_UN_SIZE) {
      throw LinuxException.of(
          "sockaddr_un(" + path + ")",
          Errno.ENAMETOOLONG,
          "a socket's path has 1 to 107 bytes; use a directory descriptor and a short name");
    }
    ByteBuffer address =
        ByteBuffer.allocate(SocketAbi.SUN_PATH + name.length + 1).order(ByteOrder.nativeOrder());
    return address.putShort((short) SocketAbi.AF_UNIX).put(name).put((byte) 0).array();
  }

  /** A port of 127.0.0.1: port and address are in the network's order, the family in ours. */
  static byte[] ofLoopback(int port) {
    ByteBuffer address = ByteBuffer.allocate(SocketAbi.SOCKADDR_IN_SIZE);
    address.order(ByteOrder.nativeOrder()).putShort((short) SocketAbi.AF_INET);
    address.order(ByteOrder.BIG_ENDIAN);
    return address
        .putShort(SocketAbi.SIN_PORT, (short) port)
        .putInt(SocketAbi.SIN_ADDR, SocketAbi.INADDR_LOOPBACK)
        .array();
  }

  /** A name in a directory that is known by its descriptor: nothing on the way can be swapped. */
  static byte[] inDirectory(Fd directory, String name) throws LinuxException {
    if (name.isEmpty() || name.indexOf('/') >= 0 || name.equals(".") || name.equals("..")) {
      throw new IllegalArgumentException("not a plain name: " + name);
    }
    return ofPath(directory.procPath() + "/" + name);
  }
}
