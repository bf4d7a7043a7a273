// The kernel's command line.
#pragma once
#include <stdbool.h>
#include <stddef.h>

// Copy the value of the last `name=value` into `value`; false when there is none.
bool cmdline_value(const char *name, char *value, size_t size);
