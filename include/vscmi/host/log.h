/* SPDX-License-Identifier: BSD-3-Clause */
/* The log of libvscmi-host and its programs: lines on standard error. */
#ifndef VSCMI_HOST_LOG_H
#define VSCMI_HOST_LOG_H

#include <stdbool.h>

enum vscmi_log_level {
	VSCMI_LOG_ERROR,
	VSCMI_LOG_WARNING,
	VSCMI_LOG_INFO,
	VSCMI_LOG_DEBUG,
};

/* Lines above this level are not written. VSCMI_LOG_WARNING until it is called. */
void vscmi_log_set_level(enum vscmi_log_level level);

/* "error", "warning", "info" or "debug" to its level; false for any other name. */
bool vscmi_log_level_find(const char *name, enum vscmi_log_level *ret_level);

/*
 * Write one line, "warning: TEXT". The text ends without a newline; control characters in
 * it, which may come from a peer, are written as '?'. Cut at 512 bytes. Keeps errno.
 */
void vscmi_log(enum vscmi_log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
