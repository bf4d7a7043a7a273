#define _GNU_SOURCE
#include "services.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "console.h"
#include "loop.h"
#include "memory.h"

enum { UDP_ECHO = 7777, TCP_ECHO = 7778, TCP_CHECK = 7779, TCP_UPTIME = 7780 };
enum { MAX_WAITING = 64 };

static void (*describe_guest)(char *text, size_t size);

static int listen_on(int type, uint16_t port) {
    int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || (type == SOCK_STREAM && listen(fd, 128) != 0)) {
        console_error("bind");
    }
    return fd;
}

static void udp_echo(struct source *source, uint32_t events) {
    (void)events;
    static char packet[65536];
    struct sockaddr_in peer;
    for (;;) {
        socklen_t length = sizeof peer;
        ssize_t size = recvfrom(source->fd, packet, sizeof packet, 0, (struct sockaddr *)&peer, &length);
        if (size < 0) {
            return;
        }
        sendto(source->fd, packet, (size_t)size, 0, (struct sockaddr *)&peer, length);
    }
}

// An echo connection: what was read waits in `data` until the peer takes it.
struct connection {
    struct source source; // first: a source is its connection
    size_t from, to;
    char data[16384];
};

static void hang_up(struct connection *connection) {
    loop_forget(&connection->source);
    close(connection->source.fd);
    free(connection);
}

static void tcp_echo(struct source *source, uint32_t events) {
    struct connection *connection = (struct connection *)source;
    (void)events;
    if (connection->from == connection->to) {
        ssize_t size = read(source->fd, connection->data, sizeof connection->data);
        if (size <= 0) {
            if (size == 0 || (errno != EAGAIN && errno != EINTR)) {
                hang_up(connection);
            }
            return;
        }
        connection->from = 0;
        connection->to = (size_t)size;
    }
    ssize_t sent = send(source->fd, connection->data + connection->from, connection->to - connection->from, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) {
        hang_up(connection);
        return;
    }
    connection->from += sent > 0 ? (size_t)sent : 0;
    loop_rewatch(source, connection->from < connection->to ? EPOLLOUT : EPOLLIN);
}

static void accept_echo(struct source *source, uint32_t events) {
    (void)events;
    int fd = accept4(source->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        return;
    }
    struct connection *connection = malloc(sizeof *connection);
    if (!connection) {
        close(fd);
        return;
    }
    connection->source = (struct source){.fd = fd, .ready = tcp_echo};
    connection->from = connection->to = 0;
    loop_watch(&connection->source, EPOLLIN);
}

static void answer(int fd, const char *line) {
    send(fd, line, strlen(line), MSG_NOSIGNAL);
    send(fd, "\n", 1, MSG_NOSIGNAL);
    close(fd);
}

static struct {
    int fd;
    unsigned check;
} waiting[MAX_WAITING];
static int waiting_count;

static void accept_check(struct source *source, uint32_t events) {
    (void)events;
    int fd = accept4(source->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        return;
    }
    if (waiting_count == MAX_WAITING) {
        answer(fd, "too many checks are waiting");
        return;
    }
    waiting[waiting_count].fd = fd;
    waiting[waiting_count++].check = memory_check();
}

void services_answer_check(unsigned number, const char *line) {
    int left = 0;
    for (int i = 0; i < waiting_count; i++) {
        if (waiting[i].check <= number) {
            answer(waiting[i].fd, line);
        } else {
            waiting[left++] = waiting[i];
        }
    }
    waiting_count = left;
}

static void accept_uptime(struct source *source, uint32_t events) {
    (void)events;
    int fd = accept4(source->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        char text[256];
        describe_guest(text, sizeof text);
        answer(fd, text);
    }
}

static struct source sources[] = {
    {.ready = udp_echo}, {.ready = accept_echo}, {.ready = accept_check}, {.ready = accept_uptime}};

void services_hear(bool hears) {
    static bool deaf;
    struct source *echo = &sources[1];
    if (hears != deaf) {
        return;
    }
    deaf = !hears;
    if (deaf) {
        loop_forget(echo);
        shutdown(echo->fd, SHUT_RD); // listens no more, keeps its port
    } else if (listen(echo->fd, 128) == 0) {
        loop_watch(echo, EPOLLIN);
    } else {
        console_error("listen");
    }
}

void services_start(void (*describe)(char *text, size_t size)) {
    describe_guest = describe;
    sources[0].fd = listen_on(SOCK_DGRAM, UDP_ECHO);
    sources[1].fd = listen_on(SOCK_STREAM, TCP_ECHO);
    sources[2].fd = listen_on(SOCK_STREAM, TCP_CHECK);
    sources[3].fd = listen_on(SOCK_STREAM, TCP_UPTIME);
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        loop_watch(&sources[i], EPOLLIN);
    }
}
