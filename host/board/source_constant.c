/* SPDX-License-Identifier: BSD-3-Clause */
#include "board/source.h"

static double value(const void *parameters, uint64_t time_us)
{
	(void)time_us;
	return *(const double *)parameters;
}

const struct vscmi_source_kind vscmi_source_constant = {
	.name = "constant",
	.parameter_bytes = sizeof(double),
	.read = vscmi_read_number,
	.value = value,
};
