// The guest's one network device.
#pragma once

// Configure loopback and the device from the command line's `ip=<client>::<gateway>:<mask>::<device>:off`,
// by default 10.0.2.2/24 with gateway 10.0.2.1 on the first device. The MTU is the device's own.
void network_up(void);
