/** Tests of what is read of guests' memory, and handed out. */
@NullMarked
package dev.moult.agent.autopsy;

import org.jspecify.annotations.NullMarked;
