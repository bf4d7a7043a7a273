/** The process itself: its settings, start, health, metrics and end. */
@NullMarked
package dev.moult.agent.node;

import org.jspecify.annotations.NullMarked;
