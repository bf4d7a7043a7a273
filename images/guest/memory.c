#define _GNU_SOURCE
#include "memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>

#include "cmdline.h"
#include "console.h"
#include "pattern.h"

enum { PAGE_BYTES = 4096, PAGE_WORDS = PAGE_BYTES / 8, SLICE_PAGES = 64, ROTATION = 8 };
static const size_t MEBIBYTE = 1 << 20;

void (*memory_done)(struct verdict verdict);

static uint64_t *area;
static uint32_t *generations; // one for each page
static size_t pages;

static size_t filled; // pages written so far; checks begin when all are
static size_t next;   // the page a running check looks at next
static bool checking;
static bool asked_again;
static size_t bad;
static unsigned number; // of the check that runs, or of the last one

static uint64_t *words(size_t page) {
    return area + page * PAGE_WORDS;
}

static uint64_t key(size_t page) {
    return (uint64_t)page << 32 | generations[page];
}

void memory_reserve(void) {
    struct sysinfo info;
    sysinfo(&info);
    size_t mebibytes = info.freeram * info.mem_unit / 2 / MEBIBYTE;
    char text[32];
    if (cmdline_value("moult.verify_mb", text, sizeof text)) {
        mebibytes = strtoul(text, NULL, 10);
    }
    pages = mebibytes * MEBIBYTE / PAGE_BYTES;
    area = mmap(NULL, pages * PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    generations = calloc(pages, sizeof *generations);
    if (pages && (area == MAP_FAILED || !generations)) {
        console_error("pattern");
        pages = 0;
    }
}

unsigned memory_check(void) {
    if (checking) {
        asked_again = true;
        return number + 1;
    }
    checking = true;
    next = 0;
    bad = 0;
    return ++number;
}

void memory_check_if_idle(void) {
    if (!checking) {
        memory_check();
    }
}

static void fill_slice(void) {
    for (int i = 0; i < SLICE_PAGES && filled < pages; i++) {
        pattern_write(words(filled), PAGE_WORDS, key(filled));
        filled++;
    }
    if (filled == pages) {
        console_line("pattern mb=%zu", pages * PAGE_BYTES / MEBIBYTE);
    }
}

static void finish_check(void) {
    bool again = asked_again;
    checking = asked_again = false;
    memory_done((struct verdict){.number = number, .mebibytes = pages * PAGE_BYTES / MEBIBYTE, .bad_words = bad});
    if (again) {
        memory_check();
    }
}

static void check_slice(void) {
    for (int i = 0; i < SLICE_PAGES && next < pages; i++, next++) {
        size_t wrong = pattern_wrong(words(next), PAGE_WORDS, key(next));
        if (wrong && !bad) {
            console_line("first bad page: %zu", next);
        }
        bad += wrong;
        // A page that was bad stays as it is, so that later checks count it again.
        if (!wrong && next % ROTATION == number % ROTATION) {
            generations[next]++;
            pattern_write(words(next), PAGE_WORDS, key(next));
        }
    }
    if (next == pages) {
        finish_check();
    }
}

bool memory_slice(void) {
    if (filled < pages) {
        fill_slice();
    } else if (checking) {
        check_slice();
    }
    return filled < pages || checking;
}
