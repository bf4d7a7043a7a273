/**
 * What Moult needs of Linux, by JNA: this package holds the common ground (descriptors and their
 * one owner, errors, deadlines, waiting), its subpackages one concern each. Values and layouts are
 * those of x86-64 with a 64-bit glibc; a test compares every one of them with the C headers.
 *
 * <p>Every blocking call holds its carrier: call from platform threads.
 */
@NullMarked
package dev.moult.linux;

import org.jspecify.annotations.NullMarked;
