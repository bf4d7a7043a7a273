/**
 * What virtual machines use, as the agents of their nodes tell it: two readings of counters, their
 * difference, and a table of it. Agents are of the cluster, yet what one tells counts for the
 * virtual machines of its own node alone.
 */
@NullMarked
package dev.moult.cli.top;

import org.jspecify.annotations.NullMarked;
