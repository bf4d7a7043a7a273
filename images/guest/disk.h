// Verified writes on a disk, all the time: blocks with a pattern that tells the block and how often it was written,
// past the page cache, each read back at once. So lost, torn, stale and misplaced writes are all found.
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct disk_verdict {
    unsigned long writes; // since the boot
    unsigned long errors; // reads and writes that failed, since the boot
    size_t bad;           // blocks that were not what was written, since the boot
};

// Begin on the disk that `moult.verify_disk=NAME` on the kernel's command line names, such as `vda`: its first 4 MiB
// are written over. Without that nothing is done.
void disk_start(void);

// Is there such a disk?
bool disk_there(void);

// Read back every block that was written; `disk_done` is called at the end. Not while a check runs.
void disk_check(void);

// Set by the owner: called with the result of each check.
extern void (*disk_done)(struct disk_verdict verdict);
