/* SPDX-License-Identifier: BSD-3-Clause */
#include "agent/call.h"
#include "agent/engine.h"

void vscmi_ask_begin(struct vscmi_ask *ask, struct vscmi_agent *agent, uint8_t protocol,
		     uint8_t message_id, uint32_t since, enum vscmi_command_kind kind)
{
	*ask = (struct vscmi_ask){
		.agent = agent,
		.request = {
			.protocol = protocol,
			.message_id = message_id,
			.kind = kind,
			.message = ask->message,
		},
	};
	if (since != 0) {
		ask->result = vscmi_agent_open(agent, protocol, &ask->version);
		if (!vscmi_failed(ask->result) && ask->version < since)
			ask->result = vscmi_local(VSCMI_E_UNSUPPORTED);
	}
	ask->out = vscmi_out(ask->message + VSCMI_HEADER_BYTES,
			     sizeof(ask->message) - VSCMI_HEADER_BYTES);
}

bool vscmi_ask_run(struct vscmi_ask *ask)
{
	const uint8_t *answer;
	size_t count;

	if (vscmi_failed(ask->result))
		return false;
	ask->request.count = (size_t)(ask->out.pos - ask->message);
	ask->result = vscmi_local(vscmi_submit(ask->agent, &ask->request, &ask->command));
	if (vscmi_failed(ask->result))
		return false;
	ask->result = vscmi_wait(ask->agent, ask->command);
	if (vscmi_failed(ask->result))
		return false;
	answer = vscmi_answer(ask->command, &count);
	ask->in = vscmi_in(answer, count);
	vscmi_in_take(&ask->in, VSCMI_HEADER_BYTES + VSCMI_STATUS_BYTES);
	return true;
}

struct vscmi_result vscmi_ask_end(struct vscmi_ask *ask)
{
	if (!ask->command)
		return ask->result;
	if (!vscmi_failed(ask->result)) {
		if (ask->in.short_read)
			ask->result = vscmi_local(VSCMI_E_MALFORMED);
		else if (ask->in.left > 0)
			vscmi_agent_drop(ask->agent, VSCMI_ANOMALY_TRAILING,
					 ask->command->reply, ask->command->reply_bytes);
	}
	vscmi_release(ask->agent, ask->command);
	return ask->result;
}
