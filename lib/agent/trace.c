/* SPDX-License-Identifier: BSD-3-Clause */
#include "agent/trace.h"

#ifdef VSCMI_TRACEPOINTS
/* The one file of lib/ that includes more than a freestanding compiler has; an option. */
#define _SDT_HAS_SEMAPHORES
#include <sys/sdt.h>

#include "message/cursor.h"

volatile uint16_t vscmi_submit_semaphore;
volatile uint16_t vscmi_wait_semaphore;
volatile uint16_t vscmi_completion_semaphore;
volatile uint16_t vscmi_receive_semaphore;
volatile uint16_t vscmi_drop_semaphore;

/* The header word, or 0; the message and its length; what belongs to the point. */
static void show_tracepoint(const struct vscmi_trace *trace)
{
	const uint8_t *message = trace->message;
	size_t count = trace->count;
	uint32_t header = count < VSCMI_HEADER_BYTES ? 0 : vscmi_le32_get(message);

	switch (trace->point) {
	case VSCMI_TRACE_SUBMIT:
		STAP_PROBE3(vscmi, submit, header, message, count);
		break;
	case VSCMI_TRACE_WAIT:
		STAP_PROBE3(vscmi, wait, header, message, count);
		break;
	case VSCMI_TRACE_COMPLETION:
		STAP_PROBE5(vscmi, completion, header, message, count,
			    trace->result.error, trace->result.status);
		break;
	case VSCMI_TRACE_RECEIVE:
		STAP_PROBE3(vscmi, receive, header, message, count);
		break;
	case VSCMI_TRACE_DROP:
		STAP_PROBE5(vscmi, drop, header, message, count, trace->anomaly,
			    vscmi_anomaly_name(trace->anomaly));
		break;
	}
}
#else
static void show_tracepoint(const struct vscmi_trace *trace)
{
}
#endif

void vscmi_trace(struct vscmi_agent *agent, const struct vscmi_trace *trace)
{
	const struct vscmi_agent_observer *observer = &agent->config.observer;

	show_tracepoint(trace);
	if (observer->trace)
		observer->trace(observer->context, trace);
}
