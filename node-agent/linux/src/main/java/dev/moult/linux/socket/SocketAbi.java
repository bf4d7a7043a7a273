package dev.moult.linux.socket;

import dev.moult.linux.CExpression;
import dev.moult.linux.CHeader;
import dev.moult.linux.CSince;

/** Constants and layouts of unix sockets, of TCP on the loopback, and of raw ICMPv6; x86-64. */
@CHeader({"sys/socket.h", "sys/un.h", "sys/time.h", "sys/uio.h", "netinet/in.h", "netinet/tcp.h"})
final class SocketAbi {
  static final int AF_UNIX = 1;
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;
  static final int SOCK_STREAM = 1;
  static final int SOCK_RAW = 3;
  static final int SOCK_SEQPACKET = 5;
  static final int SOCK_CLOEXEC = 0x80000;
  static final int SOCK_NONBLOCK = 0x800;

  static final int SOL_SOCKET = 1;
  static final int SO_REUSEADDR = 2;
  static final int SO_TYPE = 3;
  static final int SO_PEERCRED = 17;
  static final int SO_SNDTIMEO = 21;
  static final int SO_BINDTODEVICE = 25;
  static final int SO_ACCEPTCONN = 30;
  static final int SO_MARK = 36;
  static final int SO_DOMAIN = 39;

  @CSince("6.5")
  static final int SO_PEERPIDFD = 77;

  static final int IPPROTO_TCP = 6;
  static final int IPPROTO_ICMPV6 = 58;
  static final int TCP_NODELAY = 1;
  static final int INADDR_LOOPBACK = 0x7f000001;

  static final int SCM_RIGHTS = 1;

  static final int MSG_CTRUNC = 0x8;
  static final int MSG_TRUNC = 0x20;
  static final int MSG_DONTWAIT = 0x40;
  static final int MSG_NOSIGNAL = 0x4000;
  static final int MSG_CMSG_CLOEXEC = 0x40000000;

  static final int SHUT_RD = 0;
  static final int SHUT_WR = 1;
  static final int SHUT_RDWR = 2;

  @CExpression("sizeof(struct sockaddr_un)")
  static final int SOCKADDR_UN_SIZE = 110;

  @CExpression("offsetof(struct sockaddr_un, sun_path)")
  static final int SUN_PATH = 2;

  @CExpression("sizeof(struct sockaddr_in)")
  static final int SOCKADDR_IN_SIZE = 16;

  @CExpression("offsetof(struct sockaddr_in, sin_port)")
  static final int SIN_PORT = 2;

  @CExpression("offsetof(struct sockaddr_in, sin_addr)")
  static final int SIN_ADDR = 4;

  @CExpression("sizeof(struct timeval)")
  static final int TIMEVAL_SIZE = 16;

  @CExpression("sizeof(struct ucred)")
  static final int UCRED_SIZE = 12;

  @CExpression("offsetof(struct ucred, pid)")
  static final int UCRED_PID = 0;

  @CExpression("offsetof(struct ucred, uid)")
  static final int UCRED_UID = 4;

  @CExpression("offsetof(struct ucred, gid)")
  static final int UCRED_GID = 8;

  @CExpression("sizeof(struct iovec)")
  static final int IOVEC_SIZE = 16;

  @CExpression("offsetof(struct iovec, iov_base)")
  static final int IOV_BASE = 0;

  @CExpression("offsetof(struct iovec, iov_len)")
  static final int IOV_LEN = 8;

  @CExpression("sizeof(struct msghdr)")
  static final int MSGHDR_SIZE = 56;

  @CExpression("offsetof(struct msghdr, msg_iov)")
  static final int MSG_IOV = 16;

  @CExpression("offsetof(struct msghdr, msg_iovlen)")
  static final int MSG_IOVLEN = 24;

  @CExpression("offsetof(struct msghdr, msg_control)")
  static final int MSG_CONTROL = 32;

  @CExpression("offsetof(struct msghdr, msg_controllen)")
  static final int MSG_CONTROLLEN = 40;

  @CExpression("offsetof(struct msghdr, msg_flags)")
  static final int MSG_FLAGS = 48;

  @CExpression("offsetof(struct cmsghdr, cmsg_len)")
  static final int CMSG_LEN_FIELD = 0;

  @CExpression("offsetof(struct cmsghdr, cmsg_level)")
  static final int CMSG_LEVEL = 8;

  @CExpression("offsetof(struct cmsghdr, cmsg_type)")
  static final int CMSG_TYPE = 12;

  @CExpression("CMSG_LEN(0)")
  static final int CMSG_HEADER = 16;

  @CExpression("CMSG_SPACE(1) - CMSG_SPACE(0)")
  static final int CMSG_ALIGNMENT = 8;

  private SocketAbi() {}
}
