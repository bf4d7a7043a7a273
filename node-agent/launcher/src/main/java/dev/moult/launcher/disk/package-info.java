/**
 * The disks of a guest, opened or made in its anchor: the only place where a user's disk image is
 * looked into. Its header is read here before any program parses it, with its format said to that
 * program, in a child with bounded time and memory.
 */
@NullMarked
package dev.moult.launcher.disk;

import org.jspecify.annotations.NullMarked;
