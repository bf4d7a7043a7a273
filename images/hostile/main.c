#include "hostile.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

void say(const char *format, ...)
{
	va_list arguments;
	char line[512];

	va_start(arguments, format);
	vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	dprintf(1, "hostile: %s\n", line);
}

void nap(long milliseconds)
{
	struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};

	nanosleep(&time, NULL);
}

void forever(void)
{
	for (;;)
		pause();
}

void real_qemu(char **argv)
{
	argv[0] = "/usr/bin/qemu-real";
	execv(argv[0], argv);
	say("no real QEMU: %s", strerror(errno));
	exit(1);
}

bool beside(void)
{
	int child = fork();

	if (child < 0)
		say("no child: %s", strerror(errno));
	if (child == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return child == 0;
}

static const struct attack *chosen(const struct attack *attacks)
{
	char name[65] = "";
	char *end;

	gethostname(name, sizeof name - 1);
	end = strstr(name, "-vmm-");
	if (end)
		*end = 0;
	for (; attacks->name; attacks++)
		if (strcmp(attacks->name, name) == 0)
			return attacks;
	return NULL;
}

/* The launcher asks the image's QEMU what it is: the true answer lets the attack go on. */
static bool probed(char **argv)
{
	for (; *argv; argv++)
		if (strcmp(*argv, "-machine") == 0 && argv[1] && strcmp(argv[1], "none") == 0)
			return true;
	return false;
}

static bool incoming(char **argv)
{
	for (; *argv; argv++)
		if (strcmp(*argv, "-incoming") == 0)
			return true;
	return false;
}

int main(int argc, char **argv)
{
	const struct attack *attack;

	signal(SIGPIPE, SIG_IGN);
	if (argc == 2 && strcmp(argv[1], "launcher") == 0)
		attack = chosen(launcher_attacks);
	else if (probed(argv))
		real_qemu(argv);
	else
		attack = chosen(incoming(argv) ? target_attacks : qemu_attacks);
	if (attack) {
		say("%s begins", attack->name);
		attack->run(argv);
	}
	real_qemu(argv);
}
