/**
 * What must outlive the agent but not the node: which QEMU has which guest, the handoff under way
 * and its verdict, on the host's tmpfs. A starting agent reads it before it asks the API server.
 */
@NullMarked
package dev.moult.agent.journal;

import org.jspecify.annotations.NullMarked;
