/* SPDX-License-Identifier: BSD-3-Clause */
#include <vscmi/host/log.h>

#include "board/sim_system.h"

/*
 * There is no power to switch. A request, graceful or not, comes back as a notification to the
 * agent that made it, if it wants to be told.
 */
static int32_t state_set(void *context, uint32_t agent_id, enum vscmi_system_state state,
			 bool graceful)
{
	struct vscmi_board *board = context;
	const struct vscmi_system_request request = {
		.by_agent = agent_id,
		.state = state,
		.graceful = graceful,
	};

	vscmi_log(VSCMI_LOG_DEBUG, "agent %s asks for system power state %u, %s",
		  vscmi_board_agent_name(board, agent_id), (unsigned)state,
		  graceful ? "gracefully" : "by force");
	(void)vscmi_platform_system_request(board->platform, agent_id, &request);
	return VSCMI_SUCCESS;
}

static const struct vscmi_platform_system_ops ops = { .state_set = state_set };

struct vscmi_platform_system vscmi_sim_system_describe(struct vscmi_board *board)
{
	return (struct vscmi_platform_system){
		.states = board->system_states,
		.ops = &ops,
		.context = board,
	};
}
