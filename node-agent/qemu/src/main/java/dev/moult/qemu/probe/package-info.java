/**
 * What an image's QEMU is: the launcher's probe, read. The bytes come from a container that runs
 * the user's image, so they are bounded, and a strange one gives an exception, never a guess.
 */
@NullMarked
package dev.moult.qemu.probe;

import org.jspecify.annotations.NullMarked;
