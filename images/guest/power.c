#define _GNU_SOURCE
#include "power.h"

#include <fcntl.h>
#include <glob.h>
#include <linux/input.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "console.h"
#include "loop.h"

static void pressed(struct source *source, uint32_t events) {
    (void)events;
    struct input_event event;
    while (read(source->fd, &event, sizeof event) == sizeof event) {
        if (event.type == EV_KEY && event.code == KEY_POWER && event.value == 1) {
            power_off();
        }
    }
}

// Which of the input devices is the button does not matter: only the power key is acted upon.
void power_watch_button(void) {
    glob_t devices;
    if (glob("/dev/input/event*", 0, NULL, &devices) != 0) {
        console_line("no power button");
        return;
    }
    for (size_t i = 0; i < devices.gl_pathc; i++) {
        struct source *source = malloc(sizeof *source);
        int fd = open(devices.gl_pathv[i], O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (source && fd >= 0) {
            *source = (struct source){.fd = fd, .ready = pressed};
            loop_watch(source, EPOLLIN);
        }
    }
    globfree(&devices);
}

static _Noreturn void end(int how) {
    sync();
    reboot(how);
    for (;;) {
        pause();
    }
}

_Noreturn void power_off(void) {
    console_line("powering off");
    end(RB_POWER_OFF);
}

_Noreturn void power_reboot(void) {
    console_line("rebooting");
    end(RB_AUTOBOOT);
}

void power_panic(void) {
    int fd = open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, "c", 1) != 1) {
        console_error("/proc/sysrq-trigger");
    }
}
