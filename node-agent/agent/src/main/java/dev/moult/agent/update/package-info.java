/**
 * The conductor of one handoff: preflight, relay, comparison, stop phase, verdict, and the way
 * back. What to do next is decided by one pure function, {@link dev.moult.agent.update.Decision},
 * whether this agent began the handoff or found it in the journal.
 */
@NullMarked
package dev.moult.agent.update;

import org.jspecify.annotations.NullMarked;
