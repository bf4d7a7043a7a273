// A pattern of 8-byte words that depends on a seed drawn at boot and on a key: who finds another key's words, or
// none, has found memory or a block that is not what was written.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Draw this boot's seed.
void pattern_seed(void);

void pattern_write(uint64_t *words, size_t count, uint64_t key);

// How many of the words are not what pattern_write() writes. They are read from memory, whatever the compiler knows.
size_t pattern_wrong(const volatile uint64_t *words, size_t count, uint64_t key);
