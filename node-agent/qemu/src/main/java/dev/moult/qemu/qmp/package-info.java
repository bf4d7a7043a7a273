/**
 * QMP, QEMU's monitor protocol: one connection, its commands and its events. The peer is hostile:
 * lines, depth, history and unanswered commands are bounded, and every wait has a deadline.
 */
@NullMarked
package dev.moult.qemu.qmp;

import org.jspecify.annotations.NullMarked;
