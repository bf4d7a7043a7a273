/**
 * Goes the whole path of a VM once the agent starts, and in the image's training run: a broker and
 * QEMUs that play their parts over real sockets, a guest that never was. The first real handoff
 * then finds every class loaded and compiled.
 */
@NullMarked
package dev.moult.agent.rehearsal;

import org.jspecify.annotations.NullMarked;
