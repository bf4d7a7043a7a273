/* Attacks in the place of the new QEMU of a live update, while the old one runs the guest. */
#include "hostile.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

/* The cpr socket that the command line names. */
static void name_cpr(char **argv, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	for (; *argv; argv++) {
		const char *path = strstr(*argv, MEETING "/b-cpr-");

		if (path)
			snprintf(address->sun_path, sizeof address->sun_path, "%.*s", (int)strcspn(path, "\""), path);
	}
}

static int listening(const struct sockaddr_un *address, int backlog)
{
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);

	if (bind(listener, (const struct sockaddr *)address, sizeof *address) != 0 || listen(listener, backlog) != 0)
		say("cpr: %s: %s", address->sun_path, strerror(errno));
	return listener;
}

/* Its queue of callers is full before it has its name, and it looks at nobody. */
static void frozen(char **argv)
{
	struct sockaddr_un address, hidden;
	int callers = 0;

	name_cpr(argv, &address);
	hidden = address;
	snprintf(hidden.sun_path, sizeof hidden.sun_path, MEETING "/hidden");
	listening(&hidden, 0);
	while (connect(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0), (struct sockaddr *)&hidden, sizeof hidden) == 0)
		callers++;
	say("frozen: %d callers, then %s", callers, strerror(errno));
	if (rename(hidden.sun_path, address.sun_path) != 0)
		say("cpr: %s: %s", address.sun_path, strerror(errno));
	forever();
}

/* Takes the connection and says things instead of listening. */
static void chatter(char **argv)
{
	static char noise[65536];
	struct sockaddr_un address;
	int listener;

	name_cpr(argv, &address);
	listener = listening(&address, 4);
	for (;;) {
		int relay = accept(listener, NULL, NULL);

		say("chatter: connected");
		while (send(relay, noise, sizeof noise, MSG_NOSIGNAL) > 0)
			;
		close(relay);
	}
}

/* Never reads what comes. */
static void unread(char **argv)
{
	struct sockaddr_un address;

	name_cpr(argv, &address);
	accept(listening(&address, 4), NULL, NULL);
	say("unread: connected");
	forever();
}

/* Leaves the tap and the terminal, which it shares with the old QEMU, as they must not be, and dies. */
static void spoil(char **argv)
{
	struct ifreq detach = {.ifr_flags = IFF_DETACH_QUEUE};
	struct termios cooked;
	int ten = 10, off = 0, one = 1;

	(void)argv;
	say("tap: header %d, carrier %d, buffer %d, queue %d", ioctl(TAP, TUNSETVNETHDRSZ, &ten),
	    ioctl(TAP, TUNSETCARRIER, &off), ioctl(TAP, TUNSETSNDBUF, &one), ioctl(TAP, TUNSETQUEUE, &detach));
	if (tcgetattr(TTY, &cooked) == 0) {
		cooked.c_lflag |= ECHO | ICANON | ISIG;
		cooked.c_iflag |= ICRNL | IXON;
		cooked.c_oflag |= OPOST | OLCUC;
		say("tty: modes %d, flags %d, stopped %d", tcsetattr(TTY, TCSANOW, &cooked), fcntl(TTY, F_SETFL, O_NONBLOCK),
		    tcflow(TTY, TCOOFF));
	}
	nap(3000);
	exit(1);
}

static void dies(char **argv)
{
	(void)argv;
	exit(3);
}

const struct attack target_attacks[] = {
	{"b-frozen", frozen}, {"b-chatter", chatter}, {"b-unread", unread}, {"b-spoil", spoil}, {"b-dies", dies}, {NULL, NULL},
};
