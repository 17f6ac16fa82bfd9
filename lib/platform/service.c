/* SPDX-License-Identifier: BSD-3-Clause */
/* The platform as links see it. */
#include "platform/engine.h"

static struct vscmi_platform *platform_of(struct vscmi_service *service)
{
	return (void *)((uint8_t *)service - offsetof(struct vscmi_platform, service));
}

static enum vscmi_error connect(struct vscmi_service *service, uint32_t agent_id,
				const struct vscmi_service_channel *channel)
{
	return vscmi_platform_connect(platform_of(service), agent_id, channel);
}

static void disconnect(struct vscmi_service *service, uint32_t agent_id)
{
	vscmi_platform_disconnect(platform_of(service), agent_id);
}

static enum vscmi_service_outcome handle(struct vscmi_service *service, uint32_t agent_id,
					 const void *request, size_t count, void *reply,
					 size_t room, void *cookie, size_t *ret_count)
{
	return vscmi_platform_handle(platform_of(service), agent_id, request, count,
				     reply, room, cookie, ret_count);
}

static bool event(struct vscmi_service *service, uint32_t agent_id, void *bytes,
		  size_t room, size_t *ret_count)
{
	return vscmi_platform_event(platform_of(service), agent_id, bytes, room,
				    ret_count);
}

static bool event_waits(struct vscmi_service *service, uint32_t agent_id)
{
	return vscmi_platform_event_waits(platform_of(service), agent_id);
}

static size_t held_max(struct vscmi_service *service)
{
	return vscmi_platform_held_max(platform_of(service));
}

static void advance(struct vscmi_service *service, uint64_t now_us)
{
	vscmi_platform_advance(platform_of(service), now_us);
}

static uint64_t next_us(struct vscmi_service *service)
{
	return vscmi_platform_next_us(platform_of(service));
}

const struct vscmi_service_ops vscmi_platform_service_ops = {
	.ops_size = sizeof(vscmi_platform_service_ops),
	.connect = connect,
	.disconnect = disconnect,
	.handle = handle,
	.event = event,
	.event_waits = event_waits,
	.held_max = held_max,
	.advance = advance,
	.next_us = next_us,
};

struct vscmi_service *vscmi_platform_service(struct vscmi_platform *platform)
{
	return &platform->service;
}
