/* SPDX-License-Identifier: BSD-3-Clause */
/* What both ends say about system power: DEN0056, "System power management". */
#ifndef VSCMI_SYSTEM_H
#define VSCMI_SYSTEM_H

/* A vendor's states are 0x80000000 and above. */
enum vscmi_system_state {
	VSCMI_SYSTEM_SHUTDOWN = 0,
	VSCMI_SYSTEM_COLD_RESET = 1,
	VSCMI_SYSTEM_WARM_RESET = 2,
	VSCMI_SYSTEM_POWER_UP = 3,
	VSCMI_SYSTEM_SUSPEND = 4,
};

#endif
