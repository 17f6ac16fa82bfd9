/* SPDX-License-Identifier: BSD-3-Clause */
#include "trace.h"

#include <stdio.h>

#include <vscmi/host/loop.h>
#include <vscmi/message.h>

#define LINE_BYTES 1024u

/* Milliseconds since the first line. */
static double since_start_ms(void)
{
	static uint64_t start_us;
	uint64_t now_us = vscmi_monotonic_us();

	if (start_us == 0)
		start_us = now_us;
	return (double)(now_us - start_us) / 1e3;
}

static void trace_message(void *context, enum vscmi_direction direction,
			  const void *bytes, size_t count)
{
	const struct vscmi_agent *agent = context;
	const uint8_t *b = bytes;
	uint8_t protocol = 0;
	uint32_t version;
	char line[LINE_BYTES];

	if (count >= VSCMI_HEADER_BYTES)
		protocol =
			vscmi_header_unpack((uint32_t)b[0] | (uint32_t)b[1] << 8 |
					    (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24)
				.protocol;
	version = vscmi_agent_version(agent, protocol);
	if (version == 0)
		version = vscmi_protocol_newest_version(protocol);
	vscmi_message_print(bytes, count,
			    direction == VSCMI_SENT ? VSCMI_PART_REQUEST
						    : VSCMI_PART_REPLY,
			    version, line, sizeof(line));
	fprintf(stderr, "%10.3f ms %s %s\n", since_start_ms(),
		direction == VSCMI_SENT ? "->" : "<-", line);
}

static void trace_anomaly(void *context, enum vscmi_anomaly anomaly,
			  struct vscmi_header header)
{
	fprintf(stderr, "%10.3f ms !! %s: protocol 0x%x message 0x%x type %u token %u\n",
		since_start_ms(), vscmi_anomaly_name(anomaly), header.protocol,
		header.message_id, header.type, header.token);
}

struct vscmi_agent_observer cli_tracer(struct vscmi_agent *agent)
{
	return (struct vscmi_agent_observer){
		.message = trace_message,
		.anomaly = trace_anomaly,
		.context = agent,
	};
}
