/* SPDX-License-Identifier: BSD-3-Clause */
#include "link/shmem_area.h"
#include "vscmi/header.h"
#include "vscmi/link/shmem_platform.h"

#define HEAD_BYTES (VSCMI_HEADER_BYTES + VSCMI_STATUS_BYTES)

static void interrupt(struct vscmi_shmem_platform *shmem, enum vscmi_channel channel)
{
	shmem->config.interrupt(shmem->config.context, channel);
}

/* Hand the command's area back to the agent. */
static void hand_back(struct vscmi_shmem_platform *shmem, const void *message,
		      size_t count, uint32_t status)
{
	shmem->serving = false;
	vscmi_shmem_put(&shmem->config.commands, message, count, status);
	if (shmem->interrupts)
		interrupt(shmem, VSCMI_CHANNEL_COMMANDS);
}

/* The length of the command in the area; 0: it is a lie. */
static size_t take(struct vscmi_shmem_platform *shmem)
{
	struct vscmi_shmem_area *area = shmem->config.commands.area;
	uint32_t count = vscmi_shmem_load(&area->length);

	if (count < VSCMI_HEADER_BYTES || count > sizeof(shmem->request) ||
	    count > vscmi_shmem_room(&shmem->config.commands))
		return 0;
	memcpy(shmem->request, area->message, count);
	return count;
}

static void serve(struct vscmi_shmem_platform *shmem)
{
	struct vscmi_service *service = shmem->config.service;
	struct vscmi_shmem_area *area = shmem->config.commands.area;
	size_t room = vscmi_shmem_room(&shmem->config.commands), count, reply_count = 0;

	if (shmem->serving || vscmi_shmem_load(&area->status) & VSCMI_SHMEM_FREE) {
		shmem->counters.unexpected++;
		return;
	}
	shmem->serving = true;
	shmem->interrupts = vscmi_shmem_load(&area->flags) & VSCMI_SHMEM_INTERRUPT;
	count = take(shmem);
	if (count == 0) {
		shmem->counters.malformed++;
		hand_back(shmem, shmem->request, 0, VSCMI_SHMEM_FREE | VSCMI_SHMEM_ERROR);
		return;
	}
	if (room > sizeof(shmem->reply))
		room = sizeof(shmem->reply);
	switch (service->ops->handle(service, shmem->config.agent_id, shmem->request,
				     count, shmem->reply, room, shmem, &reply_count)) {
	case VSCMI_SERVICE_ANSWERED:
		hand_back(shmem, shmem->reply, reply_count, VSCMI_SHMEM_FREE);
		break;
	case VSCMI_SERVICE_HELD:
	case VSCMI_SERVICE_LOST:
		break;
	case VSCMI_SERVICE_UNANSWERABLE:
		vscmi_le32_put(shmem->request + VSCMI_HEADER_BYTES,
			       (uint32_t)VSCMI_COMMS_ERROR);
		hand_back(shmem, shmem->request, HEAD_BYTES, VSCMI_SHMEM_FREE);
		break;
	}
}

/* The agent is asked to tell when it has taken it. */
static void send(struct vscmi_shmem_platform *shmem, const void *message, size_t count)
{
	struct vscmi_shmem_area *area = shmem->config.events.area;

	vscmi_shmem_store(&area->flags, VSCMI_SHMEM_INTERRUPT);
	vscmi_shmem_put(&shmem->config.events, message, count, 0);
	interrupt(shmem, VSCMI_CHANNEL_EVENTS);
}

/* The next one, if the last was taken. */
static void send_event(struct vscmi_shmem_platform *shmem)
{
	struct vscmi_service *service = shmem->config.service;
	struct vscmi_shmem_area *area = shmem->config.events.area;
	uint8_t event[VSCMI_SERVICE_EVENT_MAX];
	size_t count;

	if (!area || !(vscmi_shmem_load(&area->status) & VSCMI_SHMEM_FREE) ||
	    !service->ops->event(service, shmem->config.agent_id, event,
				 vscmi_shmem_room(&shmem->config.events), &count))
		return;
	send(shmem, event, count);
}

static void on_reply(void *context, void *cookie, const void *bytes, size_t count)
{
	hand_back(context, bytes, count, VSCMI_SHMEM_FREE);
}

/* The area is not freed, which is what an agent sees of a command that is lost. */
static void on_lose(void *context, void *cookie)
{
}

/* The command's area is the command's, so it goes by the other one. */
static bool on_stray(void *context, const void *bytes, size_t count)
{
	struct vscmi_shmem_platform *shmem = context;
	struct vscmi_shmem_area *area = shmem->config.events.area;

	if (!area || !(vscmi_shmem_load(&area->status) & VSCMI_SHMEM_FREE))
		return false;
	send(shmem, bytes, count);
	return true;
}

static void on_events_ready(void *context)
{
	send_event(context);
}

static void on_reset(void *context)
{
	struct vscmi_shmem_platform *shmem = context;

	shmem->config.reset(shmem->config.context);
}

enum vscmi_error vscmi_shmem_platform_init(
	struct vscmi_shmem_platform *shmem,
	const struct vscmi_shmem_platform_config *config)
{
	if (!vscmi_shmem_is_sound(&config->commands) ||
	    (config->events.area && !vscmi_shmem_is_sound(&config->events)))
		return VSCMI_E_INVALID;
	memset(shmem, 0, sizeof(*shmem));
	shmem->config = *config;
	shmem->channel = (struct vscmi_service_channel){
		.reply = on_reply,
		.lose = on_lose,
		.stray = on_stray,
		.events_ready = config->events.area ? on_events_ready : NULL,
		.reset = on_reset,
		.context = shmem,
	};
	return VSCMI_OK;
}

static void ready(const struct vscmi_shmem_channel *channel)
{
	struct vscmi_shmem_area *area = channel->area;

	area->reserved = 0;
	memset(area->implementation_defined, 0, sizeof(area->implementation_defined));
	vscmi_shmem_store(&area->flags, 0);
	vscmi_shmem_put(channel, "", 0, VSCMI_SHMEM_FREE);
}

enum vscmi_error vscmi_shmem_platform_start(struct vscmi_shmem_platform *shmem)
{
	struct vscmi_service *service = shmem->config.service;

	shmem->serving = false;
	ready(&shmem->config.commands);
	if (shmem->config.events.area)
		ready(&shmem->config.events);
	return service->ops->connect(service, shmem->config.agent_id, &shmem->channel);
}

void vscmi_shmem_platform_stop(struct vscmi_shmem_platform *shmem)
{
	struct vscmi_service *service = shmem->config.service;

	service->ops->disconnect(service, shmem->config.agent_id);
}

void vscmi_shmem_platform_rung(struct vscmi_shmem_platform *shmem,
			       enum vscmi_channel channel)
{
	if (channel == VSCMI_CHANNEL_COMMANDS)
		serve(shmem);
	send_event(shmem);
}
