/**
 * {@code make bench}: live updates of a guest and bare handoffs of its twin, taking turns in one
 * run, and the figures that Moult promises beside what was seen.
 */
@NullMarked
package dev.moult.bench;

import org.jspecify.annotations.NullMarked;
