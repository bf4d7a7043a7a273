/**
 * Which QEMU may follow which: the measured table of version pairs as data, asked before an update
 * touches anything.
 */
@NullMarked
package dev.moult.qemu.pairs;

import org.jspecify.annotations.NullMarked;
