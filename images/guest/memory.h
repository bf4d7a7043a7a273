// A pattern in the guest's memory, and the proof that it is still there.
//
// Every word depends on its page's number, on a seed drawn at boot and on the page's generation; an eighth
// of the pages gets a new generation with each check. So zeroed, swapped and stale pages are all found.
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct verdict {
    unsigned number; // of the check, from 1
    size_t mebibytes;
    size_t bad_words; // 8-byte words that are not what was written
};

// Reserve the area: `moult.verify_mb=N` on the kernel's command line, by default half of the free memory.
void memory_reserve(void);

// Ask for a check of the whole area that begins no earlier than now. Answers its number; `memory_done` is
// called when it is through.
unsigned memory_check(void);

// Start a check, unless one runs already.
void memory_check_if_idle(void);

// Fill or check a slice of about a millisecond. True: there is more to do.
bool memory_slice(void);

// Set by the owner: called with the result of each check.
extern void (*memory_done)(struct verdict verdict);
