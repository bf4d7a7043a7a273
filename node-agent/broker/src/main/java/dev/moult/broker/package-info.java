/**
 * The privileged half of the node agent: proves who dials, takes and opens descriptors, makes
 * networks and meeting places, kills and proves death. It decides nothing about a VM's life: that
 * is the agent's, who asks for each step over one socket.
 */
@NullMarked
package dev.moult.broker;

import org.jspecify.annotations.NullMarked;
