#define _GNU_SOURCE
#include "console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "loop.h"

static int console = STDERR_FILENO;
static void (*on_command)(const char *line);

void console_open(void) {
    int fd = open("/dev/console", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0) {
        console = fd;
    }
}

void console_line(const char *format, ...) {
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line - 1, format, arguments);
    va_end(arguments);
    if (length < 0) {
        return;
    }
    if ((size_t)length > sizeof line - 2) {
        length = sizeof line - 2;
    }
    line[length++] = '\n';
    if (write(console, line, (size_t)length) < 0) {
        // Nobody reads the console: the guest goes on without it.
    }
}

void console_error(const char *what) {
    console_line("error: %s: %s", what, strerror(errno));
}

// The terminal is in canonical mode: each read answers one line, or a part of a very long one.
static void read_line(struct source *source, uint32_t events) {
    (void)events;
    char line[256];
    ssize_t length = read(source->fd, line, sizeof line - 1);
    if (length <= 0) {
        if (length == 0 || (errno != EAGAIN && errno != EINTR)) {
            loop_forget(source); // hung up: no more commands, everything else goes on
        }
        return;
    }
    line[length] = 0;
    line[strcspn(line, "\r\n")] = 0;
    on_command(line);
}

void console_watch(void (*command)(const char *line)) {
    static struct source source = {.ready = read_line};
    on_command = command;
    source.fd = console;
    loop_watch(&source, EPOLLIN);
}
