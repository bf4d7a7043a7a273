/**
 * What a running QEMU counts, for metrics: each answer is bounded by the machine that was frozen.
 */
@NullMarked
package dev.moult.qemu.stats;

import org.jspecify.annotations.NullMarked;
