/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Turns the rows of one protocol into calls for its agent.c. Define PROTOCOL as its id and
 * VSCMI_ROWS as for generate.h, which has to have been over the same rows, then include this
 * file. For a row COMMAND(.., name, ..) it makes
 *
 *	name_begin(&ask, agent, kind, &request)    vscmi_ask_begin, with the request put
 *	name_call(agent, &request, &reply)         the whole synchronous call, without a list
 *	name_tell(agent, &request)                 the same where the reply says no more
 */
#include "agent/call.h"

#define DELAYED(...)
#define NOTIFICATION(...)
#define COMMAND(id, NAME, name, since, rq, rp, el)                                       \
	_Static_assert((int)VSCMI_##NAME##_REQUEST_MAX <= (int)VSCMI_ASK_BYTES, #NAME);  \
                                                                                         \
	static inline void name##_begin(struct vscmi_ask *ask,                           \
					struct vscmi_agent *agent,                       \
					enum vscmi_command_kind kind,                    \
					const struct vscmi_##name##_request *request)    \
	{                                                                                \
		vscmi_ask_begin(ask, agent, PROTOCOL, id, since, kind);                  \
		vscmi_##name##_request_put(&ask->out, ask->version, request);            \
	}                                                                                \
                                                                                         \
	static inline struct vscmi_result name##_call(                                   \
		struct vscmi_agent *agent, const struct vscmi_##name##_request *request, \
		struct vscmi_##name##_reply *ret_reply)                                  \
	{                                                                                \
		struct vscmi_ask ask;                                                    \
                                                                                         \
		name##_begin(&ask, agent, VSCMI_SYNC, request);                          \
		if (vscmi_ask_run(&ask))                                                 \
			vscmi_##name##_reply_get(&ask.in, ask.version, ret_reply);       \
		return vscmi_ask_end(&ask);                                              \
	}                                                                                \
                                                                                         \
	static inline struct vscmi_result name##_tell(                                   \
		struct vscmi_agent *agent, const struct vscmi_##name##_request *request) \
	{                                                                                \
		struct vscmi_##name##_reply reply;                                       \
                                                                                         \
		return name##_call(agent, request, &reply);                              \
	}
#include VSCMI_ROWS
#undef COMMAND
#undef DELAYED
#undef NOTIFICATION
#undef PROTOCOL
#undef VSCMI_ROWS
