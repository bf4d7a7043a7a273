/** What this node can do for guests. */
@NullMarked
package dev.moult.broker.node;

import org.jspecify.annotations.NullMarked;
