/**
 * Start, stop, restart, pause, resume and reset: each is a change of one field of the spec, and
 * waiting for what follows from it. What is changed is decided by a pure function.
 */
@NullMarked
package dev.moult.cli.power;

import org.jspecify.annotations.NullMarked;
