/**
 * The kubectl plugin {@code kubectl moult}: what people do with virtual machines at a terminal.
 * This room has the program's entry and its list of verbs; the verbs have rooms of their own. It
 * knows the API and nothing else of Moult.
 */
@NullMarked
package dev.moult.cli;

import org.jspecify.annotations.NullMarked;
