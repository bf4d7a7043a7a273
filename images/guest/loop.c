#define _GNU_SOURCE
#include "loop.h"

#include <errno.h>
#include <sys/epoll.h>

#include "console.h"

static int epoll_fd = -1;

static void control(int operation, struct source *source, uint32_t events) {
    if (epoll_fd < 0) {
        epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    }
    struct epoll_event event = {.events = events, .data.ptr = source};
    if (epoll_ctl(epoll_fd, operation, source->fd, &event) != 0) {
        console_error("epoll_ctl");
    }
}

void loop_watch(struct source *source, uint32_t events) {
    control(EPOLL_CTL_ADD, source, events);
}

void loop_rewatch(struct source *source, uint32_t events) {
    control(EPOLL_CTL_MOD, source, events);
}

void loop_forget(struct source *source) {
    control(EPOLL_CTL_DEL, source, 0);
}

_Noreturn void loop_run(bool (*slice)(void)) {
    bool more = true;
    for (;;) {
        // One event a turn: a handler may free its source, and no stale pointer is left in a batch.
        struct epoll_event event;
        int ready = epoll_wait(epoll_fd, &event, 1, more ? 0 : -1);
        if (ready > 0) {
            struct source *source = event.data.ptr;
            source->ready(source, event.events);
            more = true; // the handler may have started work
        } else if (ready == 0) {
            more = slice();
        } else if (errno != EINTR) {
            console_error("epoll_wait");
        }
    }
}
