/**
 * Guest memory as files: the state of a suspended guest behind its header, and the copy of its RAM.
 * Knows descriptors and bytes, nothing of pods, sockets or QEMU.
 */
@NullMarked
package dev.moult.memory;

import org.jspecify.annotations.NullMarked;
