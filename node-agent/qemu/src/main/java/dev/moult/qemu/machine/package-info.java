/**
 * The guest's hardware: frozen at start as data, written as QEMU's command line, compared as data.
 * QEMU checks little of it, so whatever is not written here may change under a running guest.
 */
@NullMarked
package dev.moult.qemu.machine;

import org.jspecify.annotations.NullMarked;
