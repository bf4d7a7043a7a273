/**
 * What the API server says about this node: its pods, VirtualMachines and LiveUpdates, slimmed, as
 * signals to the VM that they belong to. Reads nothing else, and no secrets.
 */
@NullMarked
package dev.moult.agent.watch;

import org.jspecify.annotations.NullMarked;
