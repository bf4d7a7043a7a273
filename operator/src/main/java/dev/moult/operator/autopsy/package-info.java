/**
 * VirtualMachineAutopsy: says which node is to read, what came of it, and ends it after its time.
 * The operator never sees a guest's memory, and drops what the agent found in it.
 */
@NullMarked
package dev.moult.operator.autopsy;

import org.jspecify.annotations.NullMarked;
