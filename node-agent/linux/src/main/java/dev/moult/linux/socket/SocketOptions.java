package dev.moult.linux.socket;

import com.sun.jna.LastErrorException;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import java.nio.charset.StandardCharsets;

/** Making sockets and their options. */
final class SocketOptions {
  private SocketOptions() {}

  static Fd newSocket(UnixSocket.Type type) throws LinuxException {
    try {
      return Fd.adopt(
          SocketNative.socket(SocketAbi.AF_UNIX, type.bits | SocketAbi.SOCK_CLOEXEC, 0));
    } catch (LastErrorException e) {
      throw LinuxException.from("socket", e);
    }
  }

  /** A TCP socket that never makes a caller wait. */
  static Fd newTcpSocket() throws LinuxException {
    int type = SocketAbi.SOCK_STREAM | SocketAbi.SOCK_CLOEXEC | SocketAbi.SOCK_NONBLOCK;
    try {
      return Fd.adopt(SocketNative.socket(SocketAbi.AF_INET, type, 0));
    } catch (LastErrorException e) {
      throw LinuxException.from("socket(AF_INET)", e);
    }
  }

  /** A raw socket of ICMPv6: what comes has no IPv6 header, and the kernel fills the checksum. */
  static Fd newIcmp6Socket() throws LinuxException {
    int type = SocketAbi.SOCK_RAW | SocketAbi.SOCK_CLOEXEC;
    try {
      return Fd.adopt(SocketNative.socket(SocketAbi.AF_INET6, type, SocketAbi.IPPROTO_ICMPV6));
    } catch (LastErrorException e) {
      throw LinuxException.from("socket(AF_INET6, SOCK_RAW)", e);
    }
  }

  /** Switches an option on whose value is an int. */
  static void setOn(Fd fd, String name, int level, int option) throws LinuxException {
    set(fd, name, level, option, 1);
  }

  /** Sets an option whose value is an int. */
  static void set(Fd fd, String name, int level, int option, int value) throws LinuxException {
    long[] first = {Integer.toUnsignedLong(value)}; // little-endian: its first four bytes
    try {
      SocketNative.setsockopt(fd.number(), level, option, first, Integer.BYTES);
    } catch (LastErrorException e) {
      throw LinuxException.from("setsockopt(" + name + ")", e);
    }
  }

  /** Sets an option of SOL_SOCKET whose value is a name. */
  static void set(Fd fd, String name, int option, String value) throws LinuxException {
    byte[] text = value.getBytes(StandardCharsets.US_ASCII);
    try {
      SocketNative.setsockopt(fd.number(), SocketAbi.SOL_SOCKET, option, text, text.length);
    } catch (LastErrorException e) {
      throw LinuxException.from("setsockopt(" + name + ")", e);
    }
  }

  /** Fills an array of ints with an option of SOL_SOCKET. */
  static void get(Fd fd, String name, int option, int[] value) throws LinuxException {
    int[] length = {value.length * Integer.BYTES};
    try {
      SocketNative.getsockopt(fd.number(), SocketAbi.SOL_SOCKET, option, value, length);
    } catch (LastErrorException e) {
      throw LinuxException.from("getsockopt(" + name + ")", e);
    }
  }

  /** At least a microsecond, since zero means none; {@link Long#MAX_VALUE} sets none. */
  static void setSendTimeout(Fd fd, long nanos) throws LinuxException {
    long micros = nanos == Long.MAX_VALUE ? 0 : Math.max(1, nanos / 1000);
    // A struct timeval is two longs on x86-64.
    long[] timeval = {micros / 1_000_000, micros % 1_000_000};
    try {
      SocketNative.setsockopt(
          fd.number(),
          SocketAbi.SOL_SOCKET,
          SocketAbi.SO_SNDTIMEO,
          timeval,
          SocketAbi.TIMEVAL_SIZE);
    } catch (LastErrorException e) {
      throw LinuxException.from("setsockopt(SO_SNDTIMEO)", e);
    }
  }
}
