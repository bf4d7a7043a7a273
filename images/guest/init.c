// The first and only process of the demonstration guest: it shows that it lives, that its memory and its disk are
// what they were, and answers on the network.
//
// Commands on the console: verify, uptime, deaf, hear, reboot, poweroff, panic, help.
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "console.h"
#include "disk.h"
#include "loop.h"
#include "memory.h"
#include "modules.h"
#include "network.h"
#include "pattern.h"
#include "power.h"
#include "services.h"

enum { CHECK_EVERY_SECONDS = 5 };

static unsigned long ticks; // seconds since this process started, by the guest's monotonic clock
static char boot_id[40];
static char kernel[65];

static void mount_all(void) {
    static const char *const filesystems[][2] = {{"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}};
    for (size_t i = 0; i < sizeof filesystems / sizeof *filesystems; i++) {
        mkdir(filesystems[i][1], 0755);
        mount(filesystems[i][0], filesystems[i][1], filesystems[i][0], MS_NOSUID | MS_NOEXEC, NULL);
    }
}

static void identify(void) {
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
    if (file) {
        if (fgets(boot_id, sizeof boot_id, file)) {
            boot_id[strcspn(boot_id, "\n")] = 0;
        }
        fclose(file);
    }
    struct utsname name;
    uname(&name);
    snprintf(kernel, sizeof kernel, "%s", name.release);
}

static void describe(char *text, size_t size) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    snprintf(text, size, "uptime=%ld ticks=%lu boot_id=%s version=%s", (long)now.tv_sec, ticks, boot_id, kernel);
}

// The check of the memory whose disk is looked at, and the one that ended meanwhile.
static struct verdict memory, memory_next;

static void tell(const char *line) {
    console_line("%s", line);
    services_answer_check(memory.number, line);
}

static void memory_checked(struct verdict verdict) {
    char line[64];
    if (!disk_there()) {
        memory = verdict;
        snprintf(line, sizeof line, "verify mb=%zu bad=%zu", memory.mebibytes, memory.bad_words);
        tell(line);
    } else if (memory.number) {
        memory_next = verdict;
    } else {
        memory = verdict;
        disk_check();
    }
}

static void disk_checked(struct disk_verdict disk) {
    char line[128];
    snprintf(line, sizeof line, "verify mb=%zu bad=%zu disk_writes=%lu disk_errors=%lu disk_bad=%zu", memory.mebibytes,
             memory.bad_words, disk.writes, disk.errors, disk.bad);
    tell(line);
    memory = memory_next;
    memory_next = (struct verdict){0};
    if (memory.number) {
        disk_check();
    }
}

static void run_command(const char *line) {
    char text[256];
    if (strcmp(line, "verify") == 0) {
        memory_check();
    } else if (strcmp(line, "uptime") == 0) {
        describe(text, sizeof text);
        console_line("%s", text);
    } else if (strcmp(line, "deaf") == 0 || strcmp(line, "hear") == 0) {
        services_hear(line[0] == 'h');
        console_line("%s", line[0] == 'h' ? "hears" : "is deaf");
    } else if (strcmp(line, "reboot") == 0) {
        power_reboot();
    } else if (strcmp(line, "poweroff") == 0) {
        power_off();
    } else if (strcmp(line, "panic") == 0) {
        power_panic();
    } else if (strcmp(line, "help") == 0) {
        console_line("commands: verify, uptime, deaf, hear, reboot, poweroff, panic, help");
    } else if (*line) {
        console_line("unknown command: %s", line);
    }
}

static void tick(struct source *source, uint32_t events) {
    (void)events;
    uint64_t expirations;
    if (read(source->fd, &expirations, sizeof expirations) != sizeof expirations) {
        return;
    }
    unsigned long before = ticks;
    // A guest that got no processor for seconds says each all the same: who reads must not take that for a lost line.
    while (expirations-- > 0) {
        console_line("tick %lu", ++ticks);
    }
    if (before / CHECK_EVERY_SECONDS != ticks / CHECK_EVERY_SECONDS) {
        memory_check_if_idle();
    }
}

static void start_ticking(void) {
    static struct source source = {.ready = tick};
    source.fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct itimerspec each_second = {.it_interval.tv_sec = 1, .it_value.tv_sec = 1};
    timerfd_settime(source.fd, 0, &each_second, NULL);
    loop_watch(&source, EPOLLIN);
}

int main(void) {
    mount_all();
    console_open();
    modules_load();
    network_up();
    identify();
    pattern_seed();
    memory_done = memory_checked;
    memory_reserve();
    disk_done = disk_checked;
    disk_start();
    services_start(describe);
    power_watch_button();
    console_watch(run_command);
    console_line("GUEST UP");
    start_ticking();
    loop_run(memory_slice);
}
