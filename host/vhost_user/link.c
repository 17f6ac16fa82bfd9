/* SPDX-License-Identifier: BSD-3-Clause */
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <vscmi/host/vhost_frontend.h>
#include <vscmi/host/vhost_link.h>
#include <vscmi/link/virtio_driver.h>

/*
 * Packed rings without indirect tables, where the device has them: a command is then the fewest
 * cache lines on their way between the two ends; docs/performance.md.
 */
#define FEATURES      (VSCMI_VIRTIO_DRIVER_FEATURES | VSCMI_VIRTIO_F_RING_PACKED)
#define QUEUE_SIZE    1024u
#define COMMANDS      (QUEUE_SIZE / VSCMI_VIRTIO_DRIVER_TABLE_ENTRIES)
#define EVENT_BUFFERS 64u
#define MESSAGE_BYTES 512u

struct vscmi_vhost_link {
	struct vscmi_connection connection;
	struct vscmi_vhost_frontend
		*frontend; /* of this connection; NULL: there is none */
	struct vscmi_virtio_driver driver;
	struct vscmi_virtio_driver_command commands[COMMANDS];
	struct vscmi_watch calls[VSCMI_VIRTIO_QUEUES];
	struct vscmi_watch socket;
	struct vscmi_poller poller;
	struct vscmi_timer rest; /* of what a look at the rings has left there */
	bool watching;
};

static void kick(void *context, enum vscmi_virtio_queue queue)
{
	struct vscmi_vhost_link *link = context;

	if (queue == VSCMI_VIRTIO_CMDQ)
		vscmi_poller_expect(link->connection.loop, &link->poller);
	vscmi_vhost_frontend_kick(link->frontend, queue);
}

static bool waits(void *context)
{
	struct vscmi_vhost_link *link = context;

	return vscmi_virtio_driver_has_next(&link->driver);
}

/* A device that goes on and on leaves others in the loop their turns. */
static void process(void *context)
{
	struct vscmi_vhost_link *link = context;

	if (vscmi_virtio_driver_process(&link->driver))
		vscmi_timer_arm(link->connection.loop, &link->rest, 0);
}

static bool wake_ups(void *context, bool wanted)
{
	struct vscmi_vhost_link *link = context;

	return vscmi_virtio_driver_set_interrupts(&link->driver, wanted);
}

/* It is watched for edges and never read: each call is one, and the count says nothing. */
static void on_call(void *context, uint32_t events)
{
	struct vscmi_vhost_link *link = context;

	if (waits(link))
		vscmi_poller_came(link->connection.loop, &link->poller);
	process(link);
}

/* The device says nothing on its socket while it runs: it is gone. */
static void on_socket(void *context, uint32_t events)
{
	struct vscmi_vhost_link *link = context;

	vscmi_connection_lost(&link->connection);
}

static void on_broken_ring(void *context)
{
	struct vscmi_vhost_link *link = context;

	vscmi_connection_lost(&link->connection);
}

/*
 * ---- The connection ----
 */

static struct vscmi_vhost_link *link_of(struct vscmi_connection *connection)
{
	return (void *)((char *)connection -
			offsetof(struct vscmi_vhost_link, connection));
}

/* Memory is new for each connection: a device that has the old one may still write there. */
static enum vscmi_error connect_device(struct vscmi_connection *connection, int *ret_fd,
				       struct vscmi_problem *problem)
{
	const struct vscmi_vhost_frontend_config config = {
		.path = connection->path,
		.features = FEATURES,
		.queue_count = VSCMI_VIRTIO_QUEUES,
		.queue_features = { [VSCMI_VIRTIO_EVENTQ] = VSCMI_VIRTIO_F_P2A_CHANNELS },
		.queue_size = QUEUE_SIZE,
		.buffer_bytes = VSCMI_VIRTIO_DRIVER_BUFFER_BYTES(COMMANDS, EVENT_BUFFERS,
								 MESSAGE_BYTES),
		.timeout_us = VSCMI_CONNECTION_TIMEOUT_US,
	};
	struct vscmi_vhost_link *link = link_of(connection);
	enum vscmi_error error =
		vscmi_vhost_frontend_new(&config, &link->frontend, problem);

	if (error)
		return error;
	link->driver.config.buffers = vscmi_vhost_frontend_buffers(link->frontend);
	*ret_fd = vscmi_vhost_frontend_socket_fd(link->frontend);
	return VSCMI_OK;
}

static enum vscmi_error watch(struct vscmi_vhost_link *link,
			      struct vscmi_problem *problem)
{
	enum vscmi_error error;

	link->watching = true;
	link->socket = (struct vscmi_watch){
		.fd = vscmi_vhost_frontend_socket_fd(link->frontend),
		.ready = on_socket,
		.context = link,
	};
	/* All of them, before one may be refused: unwatch() takes them all out. */
	for (uint32_t i = 0; i < VSCMI_VIRTIO_QUEUES; i++)
		link->calls[i] = (struct vscmi_watch){
			.fd = vscmi_vhost_frontend_call_fd(link->frontend, i),
			.ready = on_call,
			.context = link,
		};
	error = vscmi_loop_add(link->connection.loop, &link->socket,
			       EPOLLIN | EPOLLRDHUP);
	for (uint32_t i = 0; i < VSCMI_VIRTIO_QUEUES && !error; i++)
		error = vscmi_loop_add(link->connection.loop, &link->calls[i],
				       EPOLLIN | EPOLLET);
	return error ? vscmi_problem_set(problem, error, "watching the device: %m")
		     : VSCMI_OK;
}

static void unwatch(struct vscmi_vhost_link *link)
{
	if (!link->watching)
		return;
	link->watching = false;
	vscmi_poller_stop(link->connection.loop, &link->poller);
	vscmi_timer_cancel(link->connection.loop, &link->rest);
	vscmi_loop_remove(link->connection.loop, &link->socket);
	for (uint32_t i = 0; i < VSCMI_VIRTIO_QUEUES; i++)
		vscmi_loop_remove(link->connection.loop, &link->calls[i]);
}

static enum vscmi_error start(struct vscmi_connection *connection,
			      struct vscmi_problem *problem)
{
	struct vscmi_vhost_link *link = link_of(connection);
	enum vscmi_error error = vscmi_vhost_frontend_start(link->frontend, problem);

	if (!error)
		error = watch(link, problem);
	if (error)
		return error;
	error = vscmi_virtio_driver_start(
		&link->driver, vscmi_vhost_frontend_features(link->frontend),
		vscmi_vhost_frontend_queue(link->frontend, VSCMI_VIRTIO_CMDQ),
		vscmi_vhost_frontend_queue(link->frontend, VSCMI_VIRTIO_EVENTQ));
	return error ? vscmi_problem_set(problem, error, "the virtio device: %s",
					 vscmi_error_text(error))
		     : VSCMI_OK;
}

static void disconnect(struct vscmi_connection *connection)
{
	struct vscmi_vhost_link *link = link_of(connection);

	unwatch(link);
	vscmi_virtio_driver_stop(&link->driver);
	vscmi_vhost_frontend_free(link->frontend);
	link->frontend = NULL;
}

static void free_link(struct vscmi_connection *connection)
{
	free(link_of(connection));
}

static const struct vscmi_connection_ops ops = {
	.ops_size = sizeof(ops),
	.open = connect_device,
	.start = start,
	.close = disconnect,
	.free = free_link,
};

/*
 * ---- The link ----
 */

enum vscmi_error vscmi_vhost_link_new(struct vscmi_loop *loop, const char *path,
				      struct vscmi_connection **ret_connection,
				      struct vscmi_problem *problem)
{
	struct vscmi_vhost_link *link = calloc(1, sizeof(*link));
	struct vscmi_virtio_driver_config driver;

	if (!link)
		return vscmi_problem_set(problem, VSCMI_E_NO_MEMORY, "%s: no memory",
					 path);
	driver = (struct vscmi_virtio_driver_config){
		.commands = link->commands,
		.command_count = COMMANDS,
		.event_count = EVENT_BUFFERS,
		.message_bytes = MESSAGE_BYTES,
		.kick = kick,
		.broken = on_broken_ring,
		.context = link,
	};
	/* The sizes are in their ranges. */
	vscmi_virtio_driver_init(&link->driver, &driver);
	link->poller = (struct vscmi_poller){
		.waits = waits,
		.work = process,
		.wake_ups = wake_ups,
		.context = link,
	};
	link->rest = (struct vscmi_timer){ .fire = process, .context = link };
	link->connection = (struct vscmi_connection){
		.ops = &ops,
		.link = &link->driver.link,
		.loop = loop,
		.path = path,
	};
	vscmi_connection_init(&link->connection);
	*ret_connection = &link->connection;
	return VSCMI_OK;
}
