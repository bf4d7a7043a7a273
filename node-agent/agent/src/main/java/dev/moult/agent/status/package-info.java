/**
 * What the agent tells the API server: fresh objects with its own fields only, by server-side
 * apply, each change once; events at the start and the end of things.
 */
@NullMarked
package dev.moult.agent.status;

import org.jspecify.annotations.NullMarked;
