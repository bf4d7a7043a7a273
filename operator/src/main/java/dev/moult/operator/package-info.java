/**
 * The operator: VirtualMachine objects become pods, LiveUpdate objects become handoffs. This
 * package holds only what starts it; each custom resource and each concern has a room below it.
 */
@NullMarked
package dev.moult.operator;

import org.jspecify.annotations.NullMarked;
