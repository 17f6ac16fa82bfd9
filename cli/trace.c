/* SPDX-License-Identifier: BSD-3-Clause */
#include "trace.h"

#include <inttypes.h>
#include <stdio.h>

#include <vscmi/host/loop.h>
#include <vscmi/message.h>

#include "output.h"

#define LINE_BYTES     1024u
#define WORDS_PER_LINE 8u

/* Milliseconds since the first line. */
static double since_start_ms(void)
{
	static uint64_t start_us;
	uint64_t now_us = vscmi_monotonic_us();

	if (start_us == 0)
		start_us = now_us;
	return (double)(now_us - start_us) / 1e3;
}

static struct vscmi_header header_of(const struct vscmi_trace *trace)
{
	if (trace->count < VSCMI_HEADER_BYTES)
		return (struct vscmi_header){ 0 };
	return vscmi_header_unpack(cli_word(trace->message));
}

static void put_message(const struct cli *cli, const struct vscmi_trace *trace,
			char line[LINE_BYTES])
{
	enum vscmi_part part = trace->point == VSCMI_TRACE_SUBMIT ? VSCMI_PART_REQUEST
								  : VSCMI_PART_REPLY;
	uint8_t protocol = header_of(trace).protocol;
	uint32_t version = vscmi_agent_version(cli->agent, protocol);

	if (version == 0)
		version = vscmi_protocol_newest_version(protocol);
	line[0] = '\0';
	if (trace->count > 0)
		vscmi_message_print(trace->message, trace->count, part, version, line,
				    LINE_BYTES);
}

/* A command of which the message shows no more than the header: "CLOCK_RATE_GET token 7". */
static void put_command(const struct vscmi_trace *trace, char line[LINE_BYTES])
{
	struct vscmi_header header = header_of(trace);
	const struct vscmi_message *message =
		vscmi_message_find(header.protocol, VSCMI_COMMAND, header.message_id);

	if (message)
		snprintf(line, LINE_BYTES, "%s token %u", vscmi_message_name(message),
			 header.token);
	else
		snprintf(line, LINE_BYTES, "protocol 0x%x message 0x%x token %u",
			 header.protocol, header.message_id, header.token);
}

/* Under the line, and as far in as its text. */
static void print_words(const struct vscmi_trace *trace)
{
	size_t words = trace->count / 4;

	for (size_t i = 0; i < words; i++)
		fprintf(stderr, "%s%08" PRIx32,
			i % WORDS_PER_LINE ? " " : "\n                 ",
			cli_word(trace->message + 4 * i));
	for (size_t i = 4 * words; i < trace->count; i++)
		fprintf(stderr, " %02x", trace->message[i]);
}

/* What went wrong; NULL: nothing. */
static const char *alarm_of(const struct vscmi_trace *trace)
{
	if (trace->point == VSCMI_TRACE_DROP)
		return vscmi_anomaly_name(trace->anomaly);
	if (trace->point == VSCMI_TRACE_COMPLETION && vscmi_failed(trace->result) &&
	    trace->result.error != VSCMI_E_REFUSED)
		return vscmi_error_text(trace->result.error);
	return NULL;
}

void cli_trace(const struct cli *cli, const struct vscmi_trace *trace)
{
	static const char *const signs[] = {
		[VSCMI_TRACE_SUBMIT] = "->",
		[VSCMI_TRACE_WAIT] = "..",
		[VSCMI_TRACE_COMPLETION] = "==",
		[VSCMI_TRACE_RECEIVE] = "<-",
	};
	bool of_command = trace->point == VSCMI_TRACE_WAIT ||
			  trace->point == VSCMI_TRACE_COMPLETION;
	const char *alarm = alarm_of(trace);
	bool bold = alarm && cli_wants_colour(stderr);
	char line[LINE_BYTES];

	/* The messages tell the same. */
	if (of_command && !alarm && cli->trace != CLI_TRACE_FULL)
		return;
	if (of_command)
		put_command(trace, line);
	else
		put_message(cli, trace, line);
	fprintf(stderr, "%10.3f ms ", since_start_ms());
	if (alarm)
		fprintf(stderr, "%s!! %s%s%s%s", bold ? CLI_BOLD : "", alarm,
			bold ? CLI_PLAIN : "", *line ? ": " : "", line);
	else
		fprintf(stderr, "%s %s", signs[trace->point], line);
	if (trace->point == VSCMI_TRACE_COMPLETION && !alarm)
		fprintf(stderr, ": %s", vscmi_status_name(trace->result.status));
	if (cli->trace == CLI_TRACE_FULL)
		print_words(trace);
	fputc('\n', stderr);
}
