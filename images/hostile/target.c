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

/* The cpr socket that the command line names, bound. */
static int cpr(char **argv, int backlog)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);

	for (; *argv; argv++) {
		const char *path = strstr(*argv, MEETING "/b-cpr-");

		if (path)
			snprintf(address.sun_path, sizeof address.sun_path, "%.*s", (int)strcspn(path, "\""), path);
	}
	if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, backlog) != 0)
		say("cpr: %s: %s", address.sun_path, strerror(errno));
	return listener;
}

/* Its queue of callers is full, and it looks at nobody. */
static void frozen(char **argv)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t size = sizeof address;
	int listener = cpr(argv, 0);

	getsockname(listener, (struct sockaddr *)&address, &size);
	for (int i = 0; i < 4; i++)
		if (beside()) {
			int caller = socket(AF_UNIX, SOCK_STREAM, 0);

			connect(caller, (struct sockaddr *)&address, sizeof address);
			forever();
		}
	forever();
}

/* Takes the connection and says things instead of listening. */
static void chatter(char **argv)
{
	static char noise[65536];
	int listener = cpr(argv, 4);

	for (;;) {
		int relay = accept(listener, NULL, NULL);

		while (send(relay, noise, sizeof noise, MSG_NOSIGNAL) > 0)
			;
		close(relay);
	}
}

/* Never reads what comes. */
static void unread(char **argv)
{
	int listener = cpr(argv, 4);

	accept(listener, NULL, NULL);
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
	nap(300);
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
