/** What a guest has left in its memory: its kernel's log, and an ELF core. */
@NullMarked
package dev.moult.cli.autopsy;

import org.jspecify.annotations.NullMarked;
