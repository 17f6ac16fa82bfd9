/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What went wrong, in words, for the functions of libvscmi-host that a person waits for.
 * The enum vscmi_error says what a program should do; the text says what was wrong,
 * where, and what was expected.
 */
#ifndef VSCMI_HOST_PROBLEM_H
#define VSCMI_HOST_PROBLEM_H

#include <vscmi/error.h>

/* The caller's memory; written only on failure. A sentence without a full stop or
 * newline. */
struct vscmi_problem {
	char text[512];
};

/*
 * Write the text, cut to fit, and return error, so that a failing function ends with
 * `return vscmi_problem_set(problem, ...)`. %m in the format is the text of errno.
 * problem may be NULL when the caller does not care.
 */
enum vscmi_error vscmi_problem_set(struct vscmi_problem *problem, enum vscmi_error error,
				   const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
