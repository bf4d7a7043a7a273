// Power: the ACPI button and the ways to end a run.
#pragma once

void power_watch_button(void);
_Noreturn void power_off(void);
_Noreturn void power_reboot(void);
void power_panic(void);
