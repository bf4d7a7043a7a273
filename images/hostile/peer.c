#include "hostile.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MOST_DESCRIPTORS 253 /* SCM_MAX_FD, linux/net/scm.h */

int dial(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = SOCKET};
	int connection = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (connection >= 0 && connect(connection, (struct sockaddr *)&address, sizeof address) != 0) {
		close(connection);
		return -1;
	}
	return connection;
}

static uint8_t *field(uint8_t *at, uint16_t tag, uint32_t length)
{
	*at++ = tag >> 8;
	*at++ = tag;
	*at++ = length >> 24;
	*at++ = length >> 16;
	*at++ = length >> 8;
	*at++ = length;
	return at;
}

/* docs/architecture.md, launcher protocol: role VMM, a version, a probe. */
size_t hello(uint8_t *packet, size_t room, size_t probe)
{
	uint8_t *at = packet;

	if (probe + 64 > room)
		abort();
	*at++ = 1;
	*at++ = 1;
	at = field(at, 1, 4);
	memcpy(at, "\0\0\0\2", 4), at += 4;
	at = field(at, 2, 5);
	memcpy(at, "0.1\x1b[", 5), at += 5;
	at = field(at, 3, 6 + probe);
	at = field(at, 1, probe);
	memset(at, 0x5a, probe), at += probe;
	return at - packet;
}

long send_with(int socket, const void *packet, size_t length, int descriptors)
{
	struct iovec bytes = {(void *)packet, length};
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(MOST_DESCRIPTORS * sizeof(int))];
	} control;
	struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1};

	if (descriptors > 0) {
		int *place;

		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(descriptors * sizeof(int));
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(descriptors * sizeof(int));
		place = (int *)CMSG_DATA(&control.head);
		for (int i = 0; i < descriptors; i++)
			place[i] = 1;
	}
	return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}
