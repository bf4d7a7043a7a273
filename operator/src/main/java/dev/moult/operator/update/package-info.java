/**
 * LiveUpdate: one handoff from the operator's side. It prepares the new VMM pod, follows the
 * agent's report and cleans up after the verdict; it never decides what only the agent can know.
 */
@NullMarked
package dev.moult.operator.update;

import org.jspecify.annotations.NullMarked;
