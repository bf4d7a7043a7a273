// What the guest answers on the network.
//
//   UDP 7777  echo
//   TCP 7778  echo, any number of connections
//   TCP 7779  checks the memory pattern, answers `verify mb=N bad=0` and closes
//   TCP 7780  answers `uptime=<s> ticks=N boot_id=<…> version=<kernel>` and closes
#pragma once
#include <stddef.h>

// `describe` writes the answer of port 7780.
void services_start(void (*describe)(char *text, size_t size));

// Answer those on port 7779 who asked before this check of the memory began.
void services_answer_check(unsigned number, const char *line);
