/**
 * Files, memory files, pipes, terminals and inotify, always by descriptor: opening without
 * following what a hostile pod may have put there, looking at what a descriptor really is, reading
 * and writing.
 */
@NullMarked
package dev.moult.linux.file;

import org.jspecify.annotations.NullMarked;
