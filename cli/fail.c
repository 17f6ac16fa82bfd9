/* SPDX-License-Identifier: BSD-3-Clause */
/* How commands fail: a sentence for people, an object for programs, a status for scripts. */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>

#include "cli.h"
#include "output.h"

#define TEXT_BYTES 512u

/* status_name is the platform's answer, or NULL. */
static void report(const struct cli *cli, const char *text, const char *status_name)
{
	json_t *object;

	fprintf(stderr, "vscmi: %s%s%s\n", cli->command ? cli->command->name : "",
		cli->command ? ": " : "", text);
	if (!cli->json)
		return;
	object = json_pack("{s:s, s:s*}", "error", text, "status", status_name);
	cli_json(object, true);
	json_decref(object);
}

static void report_formatted(const struct cli *cli, const char *format, va_list arguments)
{
	char text[TEXT_BYTES];

	vsnprintf(text, sizeof(text), format, arguments);
	report(cli, text, NULL);
}

int cli_misused(const struct cli *cli, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report_formatted(cli, format, arguments);
	va_end(arguments);
	return CLI_USAGE;
}

int cli_bad_option(const struct cli *cli, char **argv)
{
	return cli_misused(cli, "%s: no such option, or its value is missing",
			   argv[optind - 1]);
}

int cli_disconnected(const struct cli *cli, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report_formatted(cli, format, arguments);
	va_end(arguments);
	return CLI_NO_CONNECTION;
}

int cli_refused(const struct cli *cli, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report_formatted(cli, format, arguments);
	va_end(arguments);
	return CLI_REFUSED;
}

int cli_failed(const struct cli *cli, struct vscmi_result result, const char *what, ...)
{
	char about[TEXT_BYTES / 2], text[TEXT_BYTES], number[16];
	const char *name = NULL;
	va_list arguments;

	va_start(arguments, what);
	vsnprintf(about, sizeof(about), what, arguments);
	va_end(arguments);
	if (result.error == VSCMI_E_REFUSED) {
		name = vscmi_status_name(result.status);
		number[0] = '\0';
		/* The names of reserved and vendor statuses do not say which. */
		if (result.status < VSCMI_IN_USE || result.status > 0)
			snprintf(number, sizeof(number), " %d", result.status);
		snprintf(text, sizeof(text), "%s: the platform refused: %s%s", about,
			 name, number);
	} else {
		snprintf(text, sizeof(text), "%s: %s", about,
			 vscmi_error_text(result.error));
	}
	report(cli, text, name);
	switch (result.error) {
	case VSCMI_E_REFUSED:
	case VSCMI_E_UNSUPPORTED:
		return CLI_REFUSED;
	case VSCMI_E_INVALID:
	case VSCMI_E_TOO_BIG:
		return CLI_USAGE;
	default:
		return CLI_NO_CONNECTION;
	}
}
