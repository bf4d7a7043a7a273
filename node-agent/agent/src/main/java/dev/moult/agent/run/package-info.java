/**
 * The life of a VM on this node: what its pods are told, how its hardware is frozen, when it is
 * powered down. One thread per VM; what to do next is a pure function of what is seen.
 */
@NullMarked
package dev.moult.agent.run;

import org.jspecify.annotations.NullMarked;
