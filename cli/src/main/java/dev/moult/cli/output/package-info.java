/**
 * How things are printed: tables and objects as kubectl prints them, and nothing that a guest or a
 * QEMU could have put into a text reaches the terminal as a control character.
 */
@NullMarked
package dev.moult.cli.output;

import org.jspecify.annotations.NullMarked;
