/* SPDX-License-Identifier: BSD-3-Clause */
#include "joint.h"

#include <stddef.h>

static void (*order)(void); /* NULL: none */
static sim_bell obeyed;

void joint_on_platform(void (*function)(void))
{
	order = function;
	sim_ring(&platform_bell);
	while (order)
		sim_wait(&obeyed, obeyed, VSCMI_NEVER);
}

void joint_obey(void)
{
	if (!order)
		return;
	order();
	order = NULL;
	sim_ring(&obeyed);
}
