/**
 * Putting a guest aside and taking it up again: its state by QEMU's {@code file:} migration, its
 * RAM by staying where it is.
 */
@NullMarked
package dev.moult.qemu.suspend;

import org.jspecify.annotations.NullMarked;
