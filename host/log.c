/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <vscmi/host/log.h>

static const char *const level_names[] = {
	[VSCMI_LOG_ERROR] = "error",
	[VSCMI_LOG_WARNING] = "warning",
	[VSCMI_LOG_INFO] = "info",
	[VSCMI_LOG_DEBUG] = "debug",
};

static _Atomic(enum vscmi_log_level) log_level = VSCMI_LOG_WARNING;

void vscmi_log_set_level(enum vscmi_log_level level)
{
	atomic_store(&log_level, level);
}

bool vscmi_log_level_find(const char *name, enum vscmi_log_level *ret_level)
{
	for (int i = VSCMI_LOG_ERROR; i <= VSCMI_LOG_DEBUG; i++) {
		if (strcmp(name, level_names[i]) == 0) {
			*ret_level = (enum vscmi_log_level)i;
			return true;
		}
	}
	return false;
}

void vscmi_log(enum vscmi_log_level level, const char *format, ...)
{
	int saved_errno = errno;
	char text[512];
	va_list args;

	if (level > atomic_load(&log_level))
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	for (char *c = text; *c; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	}
	fprintf(stderr, "%s: %s\n", level_names[level], text);
	errno = saved_errno;
}
