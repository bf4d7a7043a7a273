/**
 * The node agent's unprivileged half: it starts the guests of its node, replaces the QEMU under
 * them and tells the API server what became of them. Everything privileged it asks of the broker.
 */
@NullMarked
package dev.moult.agent;

import org.jspecify.annotations.NullMarked;
