/* Attacks of the process that the broker takes for a launcher. */
#include "hostile.h"
#include "reach.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static uint8_t packet[256 * 1024];

/* Waits until the broker has bound its socket. */
static int first_dial(void)
{
	int connection;

	while ((connection = dial()) < 0)
		nap(20);
	return connection;
}

/* Whether the broker hangs up within a few seconds. */
static void await_end(int connection, const char *what)
{
	struct timeval patience = {40, 0};
	char byte;
	long got;

	setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	got = recv(connection, &byte, 1, 0);
	say("%s: %s", what, got == 0 || (got < 0 && errno == ECONNRESET) ? "hung up" : got < 0 ? strerror(errno) : "answered");
	close(connection);
}

/* Dials and says hello with the largest probe there is, without end; of the wrong role, or the pod would be killed. */
static void hello_flood(char **argv)
{
	size_t length = hello(packet, sizeof packet, 60 * 1024);
	long dials = 0;

	(void)argv;
	packet[11] = 1;
	for (int connection = first_dial();; connection = dial()) {
		if (connection < 0)
			continue;
		send_with(connection, packet, length, 0);
		close(connection);
		if (++dials % 100 == 0)
			say("%ld hellos", dials);
	}
}

/* A hello that is a packet, but too large to be told to the agent in an event. */
static void hello_large(char **argv)
{
	(void)argv;
	for (int i = 0; i < 5; i++) {
		int connection = first_dial();

		send_with(connection, packet, hello(packet, sizeof packet, 65000), 0);
		await_end(connection, "hello of 65,000 bytes");
	}
	forever();
}

/* Packets that are none: cut, of another version, with lengths that lie, larger than any may be. */
static void malformed(char **argv)
{
	(void)argv;
	srandom(1);
	for (int i = 0; i < 100; i++) {
		int connection = first_dial();
		size_t length = hello(packet, sizeof packet, 1000);

		switch (i % 4) {
		case 0:
			length = random() % length;
			break;
		case 1:
			packet[random() % 24] ^= 1 << random() % 8;
			length--;
			break;
		case 2:
			memset(packet + 2, 0xff, 64);
			break;
		default:
			length = 100 * 1024;
		}
		send_with(connection, packet, length, 0);
		close(connection);
	}
	say("malformed: 100 sent");
	forever();
}

/* As many descriptors as the kernel lets go, on every packet. */
static void descriptors(char **argv)
{
	size_t length = hello(packet, sizeof packet, 100);

	(void)argv;
	for (int i = 0; i < 100; i++) {
		int connection = first_dial();

		while (send_with(connection, packet, length, 253) > 0)
			;
		close(connection);
	}
	say("descriptors: 100 times");
	forever();
}

/* Says nothing, and lets its children fill the queue of those who wait. */
static void silent(char **argv)
{
	int connection = first_dial();

	(void)argv;
	for (int i = 0; i < 64; i++)
		if (beside()) {
			dial();
			forever();
		}
	await_end(connection, "silent");
	forever();
}

/* A process of the pod that is not its first. */
static void child(char **argv)
{
	(void)argv;
	if (beside()) {
		for (int i = 0; i < 3; i++)
			await_end(first_dial(), "child");
		say("child: done");
	}
	forever();
}

/* Puts into the socket's place what should be followed, opened or changed. */
static void swap(char **argv)
{
	static const char *const targets[] = {"/proc/1/root/run/moult/broker.sock", "/run/containerd/containerd.sock",
					      "/etc/passwd", "../../../../../../../etc/shadow", "agent.sock"};
	int connection = first_dial();

	(void)argv;
	close(connection);
	if (unlink(SOCKET) != 0)
		say("swap: the socket cannot be removed: %s", strerror(errno));
	for (unsigned i = 0;; i++) {
		struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = SOCKET};
		int own;

		unlink(SOCKET);
		rmdir(SOCKET);
		switch (i % 7) {
		case 5:
			mkdir(SOCKET, 0777);
			break;
		case 6:
			own = socket(AF_UNIX, SOCK_SEQPACKET, 0);
			if (bind(own, (struct sockaddr *)&address, sizeof address) == 0)
				listen(own, 1);
			close(own);
			break;
		default:
			if (symlink(targets[i % 7], SOCKET) != 0 && i < 10)
				say("swap: %s", strerror(errno));
		}
		if (i == 100)
			say("swap: 100 times");
		nap(5);
	}
}

/* Never asks for anything, and looks around. */
static void lurk(char **argv)
{
	(void)argv;
	nap(1500);
	reach();
	forever();
}

const struct attack launcher_attacks[] = {
	{"l-hellos", hello_flood}, {"l-large", hello_large}, {"l-malformed", malformed}, {"l-descriptors", descriptors},
	{"l-silent", silent}, {"l-child", child}, {"l-swap", swap}, {"l-lurk", lurk}, {NULL, NULL},
};
