/**
 * The device tree of a QEMU ({@code info qtree}) as data, and the comparison of two: QEMU itself
 * does not check that A and B are built alike.
 */
@NullMarked
package dev.moult.qemu.qtree;

import org.jspecify.annotations.NullMarked;
