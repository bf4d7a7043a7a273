#define _GNU_SOURCE
#include "pattern.h"

#include <sys/random.h>

static const uint64_t GOLDEN = 0x9e3779b97f4a7c15; // 2^64 / golden ratio: splitmix64's increment

static uint64_t seed;

void pattern_seed(void) {
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != sizeof seed) {
        seed = GOLDEN; // the boot goes on without entropy
    }
}

// splitmix64's output function
static uint64_t first_word(uint64_t key) {
    uint64_t x = seed + key * GOLDEN;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

void pattern_write(uint64_t *words, size_t count, uint64_t key) {
    uint64_t word = first_word(key);
    for (size_t i = 0; i < count; i++, word += GOLDEN) {
        words[i] = word;
    }
}

size_t pattern_wrong(const volatile uint64_t *words, size_t count, uint64_t key) {
    uint64_t word = first_word(key);
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++, word += GOLDEN) {
        wrong += words[i] != word;
    }
    return wrong;
}
