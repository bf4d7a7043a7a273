/* Attacks in the place of the QEMU that is in charge of a guest, with all that such a one is given. */
#define _GNU_SOURCE
#include "hostile.h"
#include "reach.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define GREETING "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 3, \"minor\": 1, \"major\": 11}, \"package\": \"\"}, \"capabilities\": []}}\n"
#define EVENT "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 1}, \"event\": \"RTC_CHANGE\", \"data\": {\"offset\": 1}}\n"

static char big[1024 * 1024];

static bool put(int to, const void *bytes, size_t length)
{
	const char *at = bytes;

	while (length > 0) {
		long sent = send(to, at, length, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		at += sent, length -= sent;
	}
	return true;
}

/* Greets, and answers the first so many commands with as little as will do. */
static int monitor(int commands)
{
	char line[4096];
	size_t length = 0;
	int agent = accept(QMP, NULL, NULL);

	put(agent, GREETING, strlen(GREETING));
	while (commands > 0 && length < sizeof line - 1) {
		char answer[128];
		char *id;

		if (recv(agent, line + length, 1, 0) != 1)
			return agent;
		if (line[length++] != '\n')
			continue;
		line[length] = 0, length = 0, commands--;
		id = strstr(line, "\"id\":");
		snprintf(answer, sizeof answer, "{\"return\": {}, \"id\": %ld}\n", id ? strtol(id + 5, NULL, 10) : 0);
		put(agent, answer, strlen(answer));
	}
	return agent;
}

/* Says to everyone who connects the same thing, as long as he listens. */
static void say_without_end(const char *what, const char *bytes, size_t length)
{
	for (unsigned long connection = 1;; connection++) {
		int agent = monitor(1);
		unsigned long times = 0;

		while (put(agent, bytes, length))
			times++;
		close(agent);
		if (connection <= 3 || connection % 10 == 0)
			say("%s: hung up on after %lu times, connection %lu", what, times, connection);
	}
}

static void endless_line(char **argv)
{
	(void)argv;
	memset(big, 'x', sizeof big);
	say_without_end("endless", big, sizeof big);
}

static void event_flood(char **argv)
{
	size_t length = 0;

	(void)argv;
	while (length + sizeof EVENT < sizeof big)
		memcpy(big + length, EVENT, sizeof EVENT - 1), length += sizeof EVENT - 1;
	say_without_end("events", big, length);
}

/* Events with as much in them as a line may hold: who keeps them runs out of memory. */
static void fat_events(char **argv)
{
	static const char head[] = "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 1}, \"event\": \"STOP\", \"data\": {\"a\": [";
	size_t length = sizeof head - 1;

	(void)argv;
	memcpy(big, head, length);
	while (length + 8 < sizeof big)
		memcpy(big + length, "[],", 3), length += 3;
	memcpy(big + length, "1]}}\n", 5);
	say_without_end("fat", big, length + 5);
}

static void blank_lines(char **argv)
{
	(void)argv;
	memset(big, '\n', sizeof big);
	say_without_end("blank", big, sizeof big);
}

static void deep(char **argv)
{
	(void)argv;
	memcpy(big, "{\"return\":", 10);
	memset(big + 10, '[', 500000);
	memset(big + 500010, ']', 500000);
	memcpy(big + 1000010, "}\n", 2);
	say_without_end("deep", big, 1000012);
}

static void nonsense(char **argv)
{
	(void)argv;
	srandom(2);
	for (size_t i = 0; i < sizeof big; i++)
		big[i] = random();
	say_without_end("nonsense", big, sizeof big);
}

/* Shrinks the queue of callers and looks at none of them. */
static void deaf(char **argv)
{
	(void)argv;
	listen(QMP, 0);
	forever();
}

/* Greets, and answers nothing. */
static void mute(char **argv)
{
	(void)argv;
	for (;;)
		monitor(0);
}

static void network(char **argv)
{
	(void)argv;
	if (beside()) {
		nap(500);
		reach();
		forever();
	}
}

/* Dials the broker again, as the first process and as another. */
static void dials_again(char **argv)
{
	char byte;
	uint8_t packet[2048];

	(void)argv;
	nap(500);
	for (int i = 0; i < 5; i++) {
		int connection = dial();

		send_with(connection, packet, hello(packet, sizeof packet, 100), 0);
		say("again: %s", recv(connection, &byte, 1, 0) <= 0 ? "hung up" : "answered");
		close(connection);
	}
	if (beside()) {
		for (int i = 0; i < 5; i++) {
			int connection = dial();

			say("child: %s", recv(connection, &byte, 1, 0) <= 0 ? "hung up" : "answered");
			close(connection);
		}
		forever();
	}
}

/* A QEMU of its own runs the guest; this process, the pod's first, holds at its slots what it should not. */
static void wrong_slots(char **argv)
{
	struct stat ram;
	int wrong;

	if (fork() == 0)
		real_qemu(argv);
	fstat(RAM, &ram);
	wrong = memfd_create("unsealed", 0);
	if (ftruncate(wrong, ram.st_size) != 0)
		say("slots: %s", strerror(errno));
	dup2(wrong, RAM);
	dup2(open("/proc/1/root", O_PATH), MEET);
	dup2(open("/dev/null", O_RDWR), TAP);
	dup2(open("/etc/passwd", O_PATH), KERNEL);
	dup2(open("/dev/null", O_RDONLY), INITRD);
	say("slots: changed");
	forever();
}

/* Connects to what the agent has bound in the meeting place, before the old QEMU does. */
static void connect_first(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char head[] = "QCPR\0\0\0\1";
	int connection = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof address.sun_path, MEETING "/%.40s", name);
	if (connect(connection, (struct sockaddr *)&address, sizeof address) == 0) {
		send_with(connection, head, 8, 0);
		send_with(connection, "\1", 1, 200);
		say("relay: connected first");
		nap(200);
	}
	close(connection);
}

static void relay(char **argv)
{
	(void)argv;
	if (!beside())
		return;
	for (;; nap(1)) {
		DIR *place = opendir(MEETING);
		struct dirent *entry;

		while (place && (entry = readdir(place)))
			if (strncmp(entry->d_name, "a-cpr-", 6) == 0)
				connect_first(entry->d_name);
		if (place)
			closedir(place);
	}
}

/* As many descriptors under way as one user may have. */
static void in_flight(char **argv)
{
	(void)argv;
	if (!beside())
		return;
	long sent = 0;

	for (;;) {
		int pair[2];

		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
			break;
		if (send_with(pair[0], "x", 1, 253) < 0)
			break;
		sent += 253;
	}
	say("in flight: %ld, then %s", sent, strerror(errno));
	forever();
}

static void escape(char **argv)
{
	static const char text[] = "\x1b]0;owned\x07\x1b[2J\x1b[31mESCAPED\x1b[0m \x9b" "5n\x08\x08 \x1bP+q\x1b\\ end of escape\r\n";

	(void)argv;
	if (write(TTY, text, sizeof text - 1) < 0)
		say("escape: %s", strerror(errno));
}

/* Takes what processor there is, and answers its monitor nothing. */
static void spin(char **argv)
{
	for (int i = 0; i < 8; i++)
		if (beside())
			for (;;)
				;
	mute(argv);
}

const struct attack qemu_attacks[] = {
	{"q-endless", endless_line}, {"q-events", event_flood}, {"q-fat", fat_events}, {"q-blank", blank_lines},
	{"q-deep", deep}, {"q-nonsense", nonsense}, {"q-deaf", deaf}, {"q-mute", mute}, {"q-network", network},
	{"q-again", dials_again}, {"q-slots", wrong_slots}, {"q-relay", relay}, {"q-flight", in_flight},
	{"q-escape", escape}, {"q-spin", spin}, {NULL, NULL},
};
