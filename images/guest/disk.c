#define _GNU_SOURCE
#include "disk.h"

#include <fcntl.h>
#include <linux/aio_abi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "cmdline.h"
#include "console.h"
#include "loop.h"
#include "pattern.h"

enum { BLOCK_BYTES = 16384, BLOCK_WORDS = BLOCK_BYTES / 8, BLOCKS = 256, STRIDE = 97, DEPTH = 4 };
enum { WRITE_EVERY_NANOSECONDS = 10000000 };

void (*disk_done)(struct disk_verdict verdict);

// A block that is being written, then read back; or only read.
struct request {
    struct iocb iocb;
    uint64_t *words;
    size_t block;
    bool busy;
};

static int disk = -1;
static aio_context_t context;
static struct source completions;
static struct request requests[DEPTH];
static uint32_t generations[BLOCKS]; // how often it was written; 0: what it holds is not known
static bool in_flight[BLOCKS];
static uint32_t writes_begun;
static size_t next_write;
static struct disk_verdict told;

static bool checking;
static size_t next_check; // the block that a running check looks at next

static uint64_t key(size_t block) {
    return (uint64_t)1 << 63 | (uint64_t)block << 32 | generations[block];
}

static struct request *free_request(void) {
    for (size_t i = 0; i < DEPTH; i++) {
        if (!requests[i].busy) {
            return &requests[i];
        }
    }
    return NULL;
}

static void failed(size_t block, const char *what, long result) {
    told.errors++;
    console_line("disk: %s of block %zu failed: %ld", what, block, result);
}

static void submit(struct request *request, unsigned operation) {
    request->busy = in_flight[request->block] = true;
    request->iocb = (struct iocb){
        .aio_data = (uintptr_t)request,
        .aio_lio_opcode = operation,
        .aio_fildes = disk,
        .aio_buf = (uintptr_t)request->words,
        .aio_nbytes = BLOCK_BYTES,
        .aio_offset = (int64_t)(request->block * BLOCK_BYTES),
        .aio_flags = IOCB_FLAG_RESFD,
        .aio_resfd = completions.fd,
    };
    struct iocb *one = &request->iocb;
    if (syscall(SYS_io_submit, context, 1, &one) != 1) {
        console_error("io_submit");
        told.errors++;
        request->busy = in_flight[request->block] = false;
    }
}

static void begin_write(void) {
    struct request *request = free_request();
    if (!request || in_flight[next_write]) {
        return;
    }
    request->block = next_write;
    next_write = (next_write + STRIDE) % BLOCKS;
    generations[request->block] = ++writes_begun;
    pattern_write(request->words, BLOCK_WORDS, key(request->block));
    submit(request, IOCB_CMD_PWRITE);
}

static bool any_in_flight(void) {
    for (size_t i = 0; i < DEPTH; i++) {
        if (requests[i].busy) {
            return true;
        }
    }
    return false;
}

static void check_on(void) {
    struct request *request;
    while (next_check < BLOCKS && !in_flight[next_check] && (request = free_request())) {
        request->block = next_check++;
        if (generations[request->block]) {
            submit(request, IOCB_CMD_PREAD);
        }
    }
    if (next_check == BLOCKS && !any_in_flight()) {
        checking = false;
        disk_done(told);
    }
}

static void complete(struct request *request, long result) {
    size_t block = request->block;
    bool write = request->iocb.aio_lio_opcode == IOCB_CMD_PWRITE;
    request->busy = in_flight[block] = false;
    if (result != BLOCK_BYTES) {
        failed(block, write ? "write" : "read", result);
        if (write) {
            generations[block] = 0;
        }
    } else if (write) {
        told.writes++;
        submit(request, IOCB_CMD_PREAD);
    } else if (pattern_wrong(request->words, BLOCK_WORDS, key(block))) {
        told.bad++;
        console_line("disk: bad block %zu", block);
    }
}

static void take_completions(struct source *source, uint32_t events) {
    (void)events;
    uint64_t count;
    if (read(source->fd, &count, sizeof count) != sizeof count) {
        return;
    }
    struct io_event done[DEPTH];
    long number = syscall(SYS_io_getevents, context, 0, DEPTH, done, NULL);
    for (long i = 0; i < number; i++) {
        complete((struct request *)(uintptr_t)done[i].data, (long)done[i].res);
    }
    if (checking) {
        check_on();
    }
}

// Writes rest while a check runs, so that it ends.
static void tick(struct source *source, uint32_t events) {
    (void)events;
    uint64_t expirations;
    if (read(source->fd, &expirations, sizeof expirations) == sizeof expirations && !checking) {
        begin_write();
    }
}

static bool open_disk(void) {
    char name[16], path[32];
    if (!cmdline_value("moult.verify_disk", name, sizeof name)) {
        return false;
    }
    snprintf(path, sizeof path, "/dev/%s", name);
    disk = open(path, O_RDWR | O_DIRECT | O_CLOEXEC);
    if (disk < 0) {
        console_error(path);
    }
    return disk >= 0;
}

static bool prepare_requests(void) {
    for (size_t i = 0; i < DEPTH; i++) {
        if (!(requests[i].words = aligned_alloc(4096, BLOCK_BYTES))) {
            return false;
        }
    }
    return syscall(SYS_io_setup, DEPTH, &context) == 0;
}

void disk_start(void) {
    static struct source ticks = {.ready = tick};
    if (!open_disk()) {
        return;
    }
    completions = (struct source){.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), .ready = take_completions};
    ticks.fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (!prepare_requests()) {
        console_error("disk");
        close(disk);
        disk = -1;
        return;
    }
    struct itimerspec often = {
        .it_interval.tv_nsec = WRITE_EVERY_NANOSECONDS, .it_value.tv_nsec = WRITE_EVERY_NANOSECONDS};
    timerfd_settime(ticks.fd, 0, &often, NULL);
    loop_watch(&completions, EPOLLIN);
    loop_watch(&ticks, EPOLLIN);
}

bool disk_there(void) {
    return disk >= 0;
}

void disk_check(void) {
    checking = true;
    next_check = 0;
    check_on();
}
