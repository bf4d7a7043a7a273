/**
 * The guest's serial console in the user's terminal. The guest is not trusted: of its escape
 * sequences only those pass that a login needs. The line outlives live updates, and is made anew
 * when it breaks.
 */
@NullMarked
package dev.moult.cli.console;

import org.jspecify.annotations.NullMarked;
