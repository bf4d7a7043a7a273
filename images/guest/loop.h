// One event loop for everything: descriptors by epoll, and slices of background work between them.
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct source {
    int fd;
    void (*ready)(struct source *self, uint32_t events);
};

// Watch a descriptor. The source must live until loop_forget() is called for it.
void loop_watch(struct source *source, uint32_t events);
void loop_rewatch(struct source *source, uint32_t events);
void loop_forget(struct source *source);

// Run for ever. `slice` does at most about a millisecond of work and says whether there is more:
// descriptors are looked at between slices, so nothing waits for the background work.
_Noreturn void loop_run(bool (*slice)(void));
