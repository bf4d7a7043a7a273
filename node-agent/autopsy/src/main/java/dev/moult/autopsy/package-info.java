/**
 * Reads what a guest leaves in its RAM: its kernel's log without any symbol file, and an ELF core.
 * All that is read was written by the guest, so every length, pointer and loop is bounded here, and
 * what cannot be read is said in an {@link dev.moult.autopsy.AutopsyException} or a remark.
 */
@NullMarked
package dev.moult.autopsy;

import org.jspecify.annotations.NullMarked;
