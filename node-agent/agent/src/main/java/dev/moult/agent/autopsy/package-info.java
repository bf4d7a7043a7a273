/**
 * Reads what guests leave in their memory, for VirtualMachineAutopsies: the kernel's log into the
 * status, and to who shows the key at the anchor's port the whole log or an ELF core. Nothing here
 * waits on a VM's thread, and no VM waits for this.
 */
@NullMarked
package dev.moult.agent.autopsy;

import org.jspecify.annotations.NullMarked;
