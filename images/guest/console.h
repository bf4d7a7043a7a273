// The serial console: lines out, commands in.
#pragma once

void console_open(void);

// Print one line. Nothing blocks: a line that the console does not take is dropped.
__attribute__((format(printf, 1, 2))) void console_line(const char *format, ...);

// Print what failed and errno's text.
void console_error(const char *what);

// Give typed lines, without their line end, to `command`.
void console_watch(void (*command)(const char *line));
