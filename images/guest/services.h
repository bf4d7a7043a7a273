// What the guest answers on the network.
//
//   UDP 7777  echo
//   TCP 7778  echo, any number of connections
//   TCP 7779  checks the memory's pattern, then the disk's if there is one, and answers `verify mb=N bad=0`, with
//             `disk_writes=N disk_errors=0 disk_bad=0` after it; closes
//   TCP 7780  answers `uptime=<s> ticks=N boot_id=<…> version=<kernel>` and closes
#pragma once
#include <stdbool.h>
#include <stddef.h>

// `describe` writes the answer of port 7780.
void services_start(void (*describe)(char *text, size_t size));

// Whether new connections to port 7778 are accepted; refused otherwise. Those that there are go on.
void services_hear(bool hears);

// Answer those on port 7779 who asked before this check of the memory began.
void services_answer_check(unsigned number, const char *line);
