// Kernel modules for the devices that are there.
#pragma once

// Load the drivers of this machine's virtio devices and of the power button. /modules/NAME.ko are the
// modules, /modules/order lists each with what it needs, in the order to load.
void modules_load(void);
