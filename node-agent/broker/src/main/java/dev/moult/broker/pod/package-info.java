/**
 * The pods that the agent expects: their sockets, the launchers that dial there, their processes'
 * pidfds, and one record each that outlives this process. One event loop owns all waiting; nothing
 * in it blocks on a peer.
 */
@NullMarked
package dev.moult.broker.pod;

import org.jspecify.annotations.NullMarked;
