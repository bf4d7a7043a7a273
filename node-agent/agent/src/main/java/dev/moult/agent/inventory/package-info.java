/** What this node can do for guests, and where its users see it. */
@NullMarked
package dev.moult.agent.inventory;

import org.jspecify.annotations.NullMarked;
