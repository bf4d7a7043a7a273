/**
 * Named places at which a test may hold a program, whole and from outside. Off, and costing one
 * comparison each, unless the environment names a directory; no release does.
 */
@NullMarked
package dev.moult.linux.stop;

import org.jspecify.annotations.NullMarked;
