/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdarg.h>
#include <stdio.h>

#include <vscmi/host/problem.h>

enum vscmi_error vscmi_problem_set(struct vscmi_problem *problem, enum vscmi_error error,
				   const char *format, ...)
{
	va_list args;

	if (!problem)
		return error;
	va_start(args, format);
	vsnprintf(problem->text, sizeof(problem->text), format, args);
	va_end(args);
	return error;
}
