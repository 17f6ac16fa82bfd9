/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Turns the rows of one protocol into the array commands[], by message id, and the function
 * notification_since(), for struct vscmi_server. Define VSCMI_ROWS as for generate.h, which has
 * to have been over the same rows, and for each row COMMAND(.., name, ..) a handler, then include
 * this file:
 *
 *	static int32_t name(struct vscmi_call *call, const struct vscmi_name_request *request,
 *			    struct vscmi_name_reply *reply);
 *
 * It is called when the request has the right size; reply is zeroed. It returns an SCMI status
 * and, with VSCMI_SUCCESS, may have put list elements to call->reply.
 */
#include "platform/handler.h"

#define DELAYED(...)
#define NOTIFICATION(...)
#define COMMAND(id, NAME, name, since, rq, rp, el)                                             \
	static int32_t serve_##name(struct vscmi_call *call)                                   \
	{                                                                                      \
		struct vscmi_##name##_request request;                                         \
		struct vscmi_##name##_reply reply = { 0 };                                     \
		struct vscmi_out start = call->reply;                                          \
		struct vscmi_in in = vscmi_in(call->request, call->request_bytes);             \
		int32_t status;                                                                \
                                                                                               \
		vscmi_##name##_request_get(&in, call->version, &request);                      \
		if (in.short_read || in.left != 0)                                             \
			return VSCMI_PROTOCOL_ERROR;                                           \
		call->reserved = in.reserved;                                                  \
		/* The list, if there is one, comes behind the fixed part, which counts it. */ \
		vscmi_##name##_reply_put(&call->reply, call->version, &reply);                 \
		status = name(call, &request, &reply);                                         \
		vscmi_##name##_reply_put(&start, call->version, &reply);                       \
		return status;                                                                 \
	}
#include VSCMI_ROWS
#undef COMMAND

/* Two rows with one id do not compile, nor does one with an id of common.def. */
static inline void each_id_is_one_command(uint32_t id)
{
	switch (id) {
#ifndef VSCMI_ROWS_ARE_COMMON
	case 0x00:
	case 0x02:
	case 0x10:
#endif
#define COMMAND(id, NAME, name, since, rq, rp, el) case id:
#include VSCMI_ROWS
#undef COMMAND
	default:
		break;
	}
}

static const struct vscmi_command commands[] = {
#define COMMAND(id, NAME, name, since, rq, rp, el) [id] = { since, serve_##name },
#include VSCMI_ROWS
#undef COMMAND
};
#undef NOTIFICATION

static inline uint32_t notification_since(uint8_t event_id)
{
	switch (event_id) {
#define COMMAND(...)
#define NOTIFICATION(id, NAME, name, since, payload, element) \
	case id:                                              \
		return since;
#include VSCMI_ROWS
#undef COMMAND
#undef NOTIFICATION
	default:
		return 0;
	}
}
#undef DELAYED
#undef VSCMI_ROWS
