/**
 * Processes by pidfd, what /proc says about them (pod, container, start time), and the last act of
 * a launcher: placing descriptors and becoming another program.
 */
@NullMarked
package dev.moult.linux.process;

import org.jspecify.annotations.NullMarked;
