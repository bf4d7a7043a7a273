#include "reach.h"

#include "hostile.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void attempt(const char *what, const char *address, const char *port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
	int connection = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct pollfd ready = {connection, POLLOUT, 0};
	int error = 0;
	socklen_t size = sizeof error;

	inet_pton(AF_INET, address, &to.sin_addr);
	if (connect(connection, (struct sockaddr *)&to, sizeof to) != 0) {
		error = errno;
		if (error == EINPROGRESS) {
			error = ETIMEDOUT;
			if (poll(&ready, 1, 1000) == 1)
				getsockopt(connection, SOL_SOCKET, SO_ERROR, &error, &size);
		}
	}
	/* Refused is reached: somebody answered. */
	say("reach %s %s:%s: %s (%s)", what, address, port, error == 0 || error == ECONNREFUSED ? "REACHED" : "no",
	    strerror(error));
	close(connection);
}

/* The gateway is the node itself; the file has it in hexadecimal, the lowest byte first. */
static void gateway(char *address)
{
	char line[256], destination[16], way[16];
	FILE *routes = fopen("/proc/net/route", "r");

	strcpy(address, "10.85.0.1");
	while (routes && fgets(line, sizeof line, routes))
		if (sscanf(line, "%*s %15s %15s", destination, way) == 2 && strcmp(destination, "00000000") == 0) {
			struct in_addr node = {strtoul(way, NULL, 16)};

			strcpy(address, inet_ntoa(node));
		}
	if (routes)
		fclose(routes);
}

void reach(void)
{
	const char *api = getenv("KUBERNETES_SERVICE_HOST");
	char node[INET_ADDRSTRLEN];

	gateway(node);
	attempt("api", api ? api : "10.96.0.1", "443");
	attempt("apiserver", node, "6443");
	attempt("kubelet", node, "10250");
	for (int i = 10; i < 14; i++) {
		char neighbour[INET_ADDRSTRLEN];

		snprintf(neighbour, sizeof neighbour, "10.85.0.%d", i);
		attempt("pod", neighbour, "7778");
	}
	say("reach: done");
}
