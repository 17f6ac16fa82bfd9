/* SPDX-License-Identifier: BSD-3-Clause */
/* What waits for an agent until its link fetches it: delayed responses, then notifications. */
#include "platform/engine.h"

void vscmi_serve_tell(struct vscmi_platform *platform)
{
	struct vscmi_agent_set *news = &platform->news;

	platform->any_news = false;
	for (uint32_t id = vscmi_agent_set_from(news, 1); id;
	     id = vscmi_agent_set_from(news, id + 1)) {
		const struct vscmi_service_channel *channel =
			platform->agents[id - 1].channel;

		vscmi_agent_set_put(news, id, false);
		if (id != platform->serving)
			channel->events_ready(channel->context);
	}
}

void vscmi_agent_has_news(struct vscmi_platform *platform,
			  const struct vscmi_agent_state *agent)
{
	vscmi_agent_set_put(&platform->news, (uint32_t)(agent - platform->agents) + 1,
			    true);
	platform->any_news = true;
}

static struct vscmi_notice *notice_at(const struct vscmi_platform *platform,
				      const struct vscmi_agent_state *agent, size_t place)
{
	return &agent->notices[(agent->first_notice + place) %
			       platform->config->notifications_max];
}

/* The one of the same kind that waits, else a new one; NULL if the queue is full. */
static struct vscmi_notice *notice_for(const struct vscmi_platform *platform,
				       struct vscmi_agent_state *agent,
				       const struct vscmi_server *server,
				       uint8_t event_id, uint32_t resource)
{
	struct vscmi_notice *notice;

	for (size_t i = 0; i < agent->notice_count; i++) {
		notice = notice_at(platform, agent, i);
		if (notice->server == server && notice->event_id == event_id &&
		    notice->resource == resource) {
			agent->counters.notifications_merged++;
			return notice;
		}
	}
	if (agent->notice_count == platform->config->notifications_max) {
		agent->counters.notifications_dropped++;
		return NULL;
	}
	notice = notice_at(platform, agent, agent->notice_count++);
	notice->server = server;
	notice->event_id = event_id;
	notice->resource = resource;
	return notice;
}

struct vscmi_out *vscmi_serve_notify(struct vscmi_platform *platform, uint32_t agent_id,
				     const struct vscmi_server *server, uint8_t event_id,
				     uint32_t resource)
{
	struct vscmi_agent_state *agent = vscmi_agent_state(platform, agent_id);
	const struct vscmi_header header = {
		.message_id = event_id,
		.type = VSCMI_NOTIFICATION,
		.protocol = vscmi_place_of(server)->protocol,
	};
	struct vscmi_notice *notice;

	/* It may have subscribed before it negotiated a version that has no such event. */
	if (!vscmi_serve_has_events(platform, agent_id) ||
	    vscmi_serve_version(platform, agent_id, server) <
		    server->notification_since(event_id))
		return NULL;
	notice = notice_for(platform, agent, server, event_id, resource);
	if (!notice)
		return NULL;
	notice->rest = vscmi_out(notice->bytes, sizeof(notice->bytes));
	vscmi_out_u32(&notice->rest, vscmi_header_pack(header));
	vscmi_agent_has_news(platform, agent);
	return &notice->rest;
}

/* How long a delayed response is, or 0 if it does not fit. */
static size_t put_delayed(const struct vscmi_op *op, uint8_t *bytes, size_t room)
{
	struct vscmi_header header = vscmi_header_unpack(op->header);
	struct vscmi_out out = vscmi_out(bytes, room);

	header.type = VSCMI_DELAYED_RESPONSE;
	vscmi_out_u32(&out, vscmi_header_pack(header));
	vscmi_out_u32(&out, (uint32_t)op->status);
	if (op->status == VSCMI_SUCCESS)
		op->server->put_delayed(op, &out);
	return out.overflow ? 0 : (size_t)(out.pos - bytes);
}

bool vscmi_platform_event(struct vscmi_platform *platform, uint32_t agent_id, void *bytes,
			  size_t room, size_t *ret_count)
{
	struct vscmi_agent_state *agent = vscmi_agent_state(platform, agent_id);

	if (!agent)
		return false;
	for (struct vscmi_op **link = &agent->ended; *link; link = &(*link)->next) {
		struct vscmi_op *op = *link;
		size_t count = put_delayed(op, bytes, room);

		if (count == 0)
			continue;
		*link = op->next;
		if (!*link)
			agent->ended_end = link;
		vscmi_op_release(op);
		agent->counters.delayed_responses++;
		*ret_count = count;
		return true;
	}
	while (agent->notice_count > 0) {
		const struct vscmi_notice *notice = notice_at(platform, agent, 0);
		size_t count = (size_t)(notice->rest.pos - notice->bytes);

		agent->first_notice = (uint16_t)((agent->first_notice + 1) %
						 platform->config->notifications_max);
		agent->notice_count--;
		if (count > room) {
			agent->counters.notifications_dropped++;
			continue;
		}
		memcpy(bytes, notice->bytes, count);
		agent->counters.notifications++;
		*ret_count = count;
		return true;
	}
	return false;
}

bool vscmi_platform_event_waits(const struct vscmi_platform *platform, uint32_t agent_id)
{
	const struct vscmi_agent_state *agent = vscmi_agent_state(platform, agent_id);

	if (!agent)
		return false;
	return agent->notice_count > 0 || agent->ended;
}
