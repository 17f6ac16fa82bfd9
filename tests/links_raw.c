/* SPDX-License-Identifier: BSD-3-Clause */
/* The link over the kernel's raw mode, with a kernel in this process. */
#include "links.h"

#include <stdlib.h>

#include <vscmi/host/loop.h>
#include <vscmi/host/raw_link.h>

#include "raw_kernel.h"

struct raw {
	struct test_link link;
	struct vscmi_service_channel channel;
	struct vscmi_loop *loop;
	struct raw_kernel *kernel;
	struct vscmi_connection *agent_end;
	bool reset; /* by the service */
};

static void reply(void *context, void *cookie, const void *bytes, size_t count)
{
	raw_kernel_send(((struct raw *)context)->kernel, bytes, count);
}

/* The kernel keeps its token for a while. */
static void lose(void *context, void *cookie)
{
}

static bool stray(void *context, const void *bytes, size_t count)
{
	reply(context, NULL, bytes, count);
	return true;
}

static void drain(void *context)
{
	struct raw *raw = context;
	struct vscmi_service *service = raw->link.setup.service;
	uint8_t event[VSCMI_SERVICE_EVENT_MAX];
	size_t count;

	while (service->ops->event(service, raw->link.setup.agent_id, event,
				   sizeof(event), &count))
		raw_kernel_send(raw->kernel, event, count);
}

static void reset(void *context)
{
	((struct raw *)context)->reset = true;
}

static struct test_link *open_raw(const struct link_setup *setup)
{
	struct raw *raw = calloc(1, sizeof(*raw));

	assert_non_null(raw);
	raw->link = (struct test_link){ .kind = &link_raw, .setup = *setup };
	raw->channel = (struct vscmi_service_channel){
		reply, lose, stray, setup->no_events ? NULL : drain, reset, raw
	};
	raw->kernel = raw_kernel_new();
	raw->kernel->tx_max_msg = link_raw.in_flight_max;
	if (setup->no_events)
		raw->kernel->rx_max_msg = 0;
	assert_int_equal(vscmi_loop_new(&raw->loop, NULL), VSCMI_OK);
	assert_int_equal(vscmi_raw_link_new_with(&raw_kernel_calls, raw->loop,
						 raw->kernel->path, &raw->agent_end,
						 NULL),
			 VSCMI_OK);
	raw->link.link = raw->agent_end->link;
	raw->link.link->first_token = 0;
	return &raw->link;
}

static void close_raw(struct test_link *link)
{
	struct raw *raw = (struct raw *)link;

	vscmi_connection_free(raw->agent_end);
	vscmi_loop_free(raw->loop);
	raw_kernel_free(raw->kernel);
	free(raw);
}

static enum vscmi_error start(struct test_link *link)
{
	struct raw *raw = (struct raw *)link;
	struct vscmi_service *service = link->setup.service;
	enum vscmi_error error =
		service->ops->connect(service, link->setup.agent_id, &raw->channel);

	return error ? error : vscmi_connection_open(raw->agent_end, NULL);
}

static void turn(struct raw *raw)
{
	for (uint32_t i = 0; i < RAW_KERNEL_MESSAGES; i++)
		assert_int_equal(vscmi_loop_run_once(raw->loop, 0), VSCMI_OK);
}

static void stop(struct test_link *link)
{
	struct raw *raw = (struct raw *)link;
	struct vscmi_service *service = link->setup.service;

	service->ops->disconnect(service, link->setup.agent_id);
	raw_kernel_unbind(raw->kernel);
	turn(raw);
}

static void serve(struct test_link *link)
{
	struct raw *raw = (struct raw *)link;
	struct vscmi_service *service = link->setup.service;
	uint8_t answer[VSCMI_SERVICE_REPLY_MAX];
	struct raw_message command;
	size_t count;

	while (raw_kernel_take(raw->kernel, &command)) {
		count = 0;
		if (service->ops->handle(service, link->setup.agent_id, command.bytes,
					 command.count, answer,
					 link->link->max_message_bytes, NULL,
					 &count) == VSCMI_SERVICE_ANSWERED)
			raw_kernel_send(raw->kernel, answer, count);
	}
	if (!link->setup.no_events)
		drain(raw);
}

static void interrupt(struct test_link *link)
{
	struct raw *raw = (struct raw *)link;

	if (raw->reset)
		stop(link);
	turn(raw);
}

const struct link_kind link_raw = {
	.timeout_us = 60000000,
	.in_flight_max = 64,
	.open = open_raw,
	.close = close_raw,
	.start = start,
	.stop = stop,
	.serve = serve,
	.interrupt = interrupt,
};
