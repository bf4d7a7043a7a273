/**
 * Guest memory on volumes, as a VM's thread asks for it: the memory container beside the VM's
 * anchor does the work, the broker stands between. Nothing here touches a volume.
 */
@NullMarked
package dev.moult.agent.memory;

import org.jspecify.annotations.NullMarked;
