/*
 * Preloaded into the dnsmasq that is a guest's IPv6 router and DHCPv6 server, beside the anchor.
 *
 * dnsmasq makes a raw ICMPv6 socket when it starts, and no other thing that a container without capabilities may not
 * do. The broker makes that socket instead: it is bound to the guest's tap, and its packets stay there. dnsmasq is
 * told that it has the two capabilities it looks for before it begins; what the kernel knows of them is unchanged.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* An abstract name in the pod's network, also in the broker's RouterSockets. */
static const char door[] = "moult-router";

static const int tries = 100;
static const struct timespec pause_between = {.tv_nsec = 100 * 1000 * 1000};

static int dial(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  socklen_t length = offsetof(struct sockaddr_un, sun_path) + 1 + strlen(door);
  memcpy(address.sun_path + 1, door, strlen(door));
  int fd = syscall(SYS_socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, length) == 0) return fd;
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

static int receive(int door_fd) {
  char byte;
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
  } control;
  struct iovec data = {.iov_base = &byte, .iov_len = 1};
  struct msghdr message = {
      .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  if (recvmsg(door_fd, &message, MSG_CMSG_CLOEXEC) != 1) {
    errno = EACCES; /* the broker hung up */
    return -1;
  }
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header == NULL || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS ||
      header->cmsg_len != CMSG_LEN(sizeof(int))) {
    errno = EPROTO;
    return -1;
  }
  int given;
  memcpy(&given, CMSG_DATA(header), sizeof given);
  return given;
}

/* The broker is away for seconds at most, and the tap has its addresses a moment before the broker listens. */
static int icmp6(void) {
  int fd = dial();
  for (int i = 1; fd < 0 && errno == ECONNREFUSED && i < tries; i++) {
    nanosleep(&pause_between, NULL);
    fd = dial();
  }
  if (fd < 0) return -1;
  int given = receive(fd);
  int error = errno;
  close(fd);
  errno = error;
  return given;
}

int socket(int domain, int type, int protocol) {
  if (domain == AF_INET6 && (type & 0xf) == SOCK_RAW && protocol == IPPROTO_ICMPV6) return icmp6();
  return syscall(SYS_socket, domain, type, protocol);
}

int capget(cap_user_header_t header, cap_user_data_t data) {
  int result = syscall(SYS_capget, header, data);
  if (result == 0 && data != NULL) data->permitted |= 1u << CAP_NET_RAW | 1u << CAP_NET_ADMIN;
  return result;
}
