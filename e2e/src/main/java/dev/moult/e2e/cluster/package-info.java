/**
 * The cluster as a test or the demo uses it: a namespace that enforces the restricted Pod Security
 * Standard, virtual machines and live updates in it, and the node's own view of their processes.
 */
@NullMarked
package dev.moult.e2e.cluster;

import org.jspecify.annotations.NullMarked;
