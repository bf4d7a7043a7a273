#include "cmdline.h"

#include <stdio.h>
#include <string.h>

bool cmdline_value(const char *name, char *value, size_t size) {
    char line[4096] = "";
    FILE *file = fopen("/proc/cmdline", "re");
    if (!file) {
        return false;
    }
    char *read = fgets(line, sizeof line, file);
    fclose(file);
    bool found = false;
    size_t length = strlen(name);
    for (char *word = read ? strtok(line, " \n") : NULL; word; word = strtok(NULL, " \n")) {
        if (strncmp(word, name, length) == 0 && word[length] == '=') {
            snprintf(value, size, "%s", word + length + 1);
            found = true;
        }
    }
    return found;
}
