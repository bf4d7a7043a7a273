package dev.moult.linux.net;

import dev.moult.linux.CExpression;
import dev.moult.linux.CHeader;

/** Constants and layouts of network namespaces, taps and interfaces, x86-64. */
@CHeader({
  "sched.h",
  "sys/ioctl.h",
  "sys/socket.h",
  "linux/if.h",
  "linux/if_tun.h",
  "linux/sockios.h"
})
final class NetAbi {
  static final int CLONE_NEWNET = 0x40000000;

  static final int IFNAMSIZ = 16;

  @CExpression("sizeof(struct ifreq)")
  static final int IFREQ_SIZE = 40;

  @CExpression("offsetof(struct ifreq, ifr_flags)")
  static final int IFREQ_FLAGS = 16;

  static final int IFF_TAP = 0x2;
  static final int IFF_NO_PI = 0x1000;
  static final int IFF_VNET_HDR = 0x4000;
  static final int IFF_MULTI_QUEUE = 0x100;
  static final int IFF_ATTACH_QUEUE = 0x200;
  static final int IFF_DETACH_QUEUE = 0x400;
  static final int IFF_UP = 0x1;

  static final int TUNSETIFF = 0x400454ca;
  static final int TUNSETPERSIST = 0x400454cb;
  static final int TUNSETOWNER = 0x400454cc;
  static final int TUNSETOFFLOAD = 0x400454d0;
  static final int TUNGETIFF = 0x800454d2;
  static final int TUNGETVNETHDRSZ = 0x800454d7;
  static final int TUNSETVNETHDRSZ = 0x400454d8;
  static final int TUNGETSNDBUF = 0x800454d3;
  static final int TUNSETSNDBUF = 0x400454d4;
  static final int TUNSETTXFILTER = 0x400454d1;
  static final int TUNDETACHFILTER = 0x401054d6;
  static final int TUNSETCARRIER = 0x400454e2;
  static final int TUNSETQUEUE = 0x400454d9;

  static final int TUN_F_CSUM = 0x1;
  static final int TUN_F_TSO4 = 0x2;
  static final int TUN_F_TSO6 = 0x4;
  static final int TUN_F_TSO_ECN = 0x8;
  static final int TUN_F_UFO = 0x10;

  static final int AF_INET = 2;
  static final int SOCK_DGRAM = 2;
  static final int SOCK_CLOEXEC = 0x80000;
  static final int SIOCGIFFLAGS = 0x8913;
  static final int SIOCSIFFLAGS = 0x8914;
  static final int SIOCGIFHWADDR = 0x8927;
  static final int SIOCSIFHWADDR = 0x8924;

  @CExpression("offsetof(struct ifreq, ifr_hwaddr.sa_data)")
  static final int IFREQ_ADDRESS = 18;

  private NetAbi() {}
}
