/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The driver end of the virtio link. A ring may be used by one at a time, and nobody may wait
 * for another, who may be the very thread that an interrupt handler has interrupted. Whoever
 * finds the ring free uses it. Whoever does not marks the command to send in a bitmap, says
 * that there is more to do, and goes; who has the ring does that too.
 */
#include <string.h>
#include "vscmi/agent.h"
#include "vscmi/link/virtio_driver.h"

/* Of vscmi_virtio_driver_queue.work. */
enum {
	CLOSED, /* no ring */
	IDLE,
	BUSY,
	AGAIN, /* busy, and when that is done there is more */
};

/* Have the ring, if nobody has it. */
static bool enter_free(struct vscmi_virtio_driver_queue *queue)
{
	uint32_t work = IDLE;

	return atomic_compare_exchange_strong(&queue->work, &work, BUSY);
}

/* Have the ring, or leave word to who has it. */
static bool enter(struct vscmi_virtio_driver_queue *queue)
{
	uint32_t work = atomic_load(&queue->work), next;

	do {
		if (work == CLOSED)
			return false;
		next = work == IDLE ? BUSY : AGAIN;
	} while (!atomic_compare_exchange_weak(&queue->work, &work, next));
	return work == IDLE;
}

/* Who stops the link may wait for what has changed. */
static void wake_stop(struct vscmi_virtio_driver *driver, const _Atomic uint32_t *word)
{
	struct vscmi_port *port = driver->link.agent->config.port;

	port->ops->wake(port, word);
}

/* Give up the ring; false, with the ring still held, if others left word meanwhile. */
static inline bool leave(struct vscmi_virtio_driver *driver,
			 struct vscmi_virtio_driver_queue *queue)
{
	uint32_t work = BUSY;

	if (!atomic_compare_exchange_strong(&queue->work, &work, IDLE)) {
		atomic_store(&queue->work, BUSY);
		return false;
	}
	if (!atomic_load(&driver->running))
		wake_stop(driver, &queue->work);
	return true;
}

/* Wait until nobody has the ring, and let nobody have it. */
static void close_queue(struct vscmi_virtio_driver *driver,
			struct vscmi_virtio_driver_queue *queue)
{
	struct vscmi_port *port = driver->link.agent->config.port;
	uint32_t work = IDLE;

	while (!atomic_compare_exchange_strong(&queue->work, &work, CLOSED) &&
	       work != CLOSED) {
		port->ops->wait(port, &queue->work, work, VSCMI_NEVER);
		work = IDLE;
	}
}

/*
 * ---- Buffers ----
 *
 * Two for each command, request and reply, then the events'.
 */

static uint8_t *buffer(const struct vscmi_virtio_driver *driver, size_t number)
{
	return driver->config.buffers + number * driver->config.message_bytes;
}

static uint8_t *request_of(const struct vscmi_virtio_driver *driver, size_t command)
{
	return buffer(driver, 2 * command);
}

static uint8_t *reply_of(const struct vscmi_virtio_driver *driver, size_t command)
{
	return buffer(driver, 2 * command + 1);
}

static uint8_t *event_of(const struct vscmi_virtio_driver *driver, size_t event)
{
	return buffer(driver, 2 * (size_t)driver->config.command_count + event);
}

/*
 * ---- What is done while the ring is held ----
 */

/* One of another start of the link is dropped. One that the ring refuses is forgotten: the ring
 * is broken then, the link goes down, and nobody waits. */
static void put_command(struct vscmi_virtio_driver *driver, uint32_t number)
{
	struct vscmi_virtio_driver_command *command = &driver->config.commands[number];
	const struct vscmi_virtq_segment segments[] = {
		{ request_of(driver, number), command->request_bytes },
		{ reply_of(driver, number), command->reply_room },
	};

	if (command->epoch != vscmi_agent_epoch(driver->link.agent) ||
	    vscmi_virtq_driver_add(driver->queues[VSCMI_VIRTIO_CMDQ].ring, segments, 1, 1,
				   command) != VSCMI_OK)
		atomic_store(&command->out, 0);
}

static enum vscmi_error put_event_buffer(struct vscmi_virtio_driver *driver,
					 uint8_t *bytes)
{
	const struct vscmi_virtq_segment segment = { bytes,
						     driver->config.message_bytes };

	return vscmi_virtq_driver_add(driver->queues[VSCMI_VIRTIO_EVENTQ].ring, &segment,
				      0, 1, bytes);
}

/* Leave a command to who has the ring. */
static void mark_pending(struct vscmi_virtio_driver *driver, uint32_t number)
{
	uint32_t word = number / 32;

	atomic_fetch_or(&driver->pending[word], UINT32_C(1) << number % 32);
	atomic_fetch_or(&driver->pending_words, UINT32_C(1) << word);
}

static void put_all_pending(struct vscmi_virtio_driver *driver)
{
	uint32_t words = atomic_exchange(&driver->pending_words, 0);

	for (uint32_t word = 0; words; words >>= 1, word++) {
		uint32_t number = word * 32, commands = 0;

		if (words & 1)
			commands = atomic_exchange(&driver->pending[word], 0);
		for (; commands; commands >>= 1, number++)
			if (commands & 1)
				put_command(driver, number);
	}
}

/* The kick is part of what a stop waits for. */
static inline void publish(struct vscmi_virtio_driver *driver,
			   enum vscmi_virtio_queue queue)
{
	if (vscmi_virtq_driver_publish(driver->queues[queue].ring))
		driver->config.kick(driver->config.context, queue);
}

static inline void publish_pending(struct vscmi_virtio_driver *driver)
{
	if (atomic_load(&driver->pending_words) == 0)
		return;
	put_all_pending(driver);
	publish(driver, VSCMI_VIRTIO_CMDQ);
}

/*
 * ---- What was taken ----
 */

/* With a ring held: before a reply is taken, or when it is found broken. */
static void come_in(struct vscmi_virtio_driver *driver)
{
	atomic_fetch_add(&driver->delivering, 1);
}

/*
 * What was taken is with the agent, and its buffer too. If a ring is broken, the last one takes
 * the link down, before it is out: no buffer comes back after that, and no start of the link
 * comes between. Who comes in meanwhile takes nothing, for the link is not running.
 */
static void go_out(struct vscmi_virtio_driver *driver)
{
	uint32_t delivering = atomic_load(&driver->delivering);

	do {
		if (delivering == 1 && atomic_load(&driver->broken))
			vscmi_agent_link_down(driver->link.agent);
	} while (!atomic_compare_exchange_weak(&driver->delivering, &delivering,
					       delivering - 1));
	if (!atomic_load(&driver->running))
		wake_stop(driver, &driver->delivering);
}

/* A ring is broken; by who has come in. */
static void give_up(struct vscmi_virtio_driver *driver)
{
	if (!atomic_exchange(&driver->running, 0))
		return;
	atomic_store(&driver->broken, 1);
	if (driver->config.broken)
		driver->config.broken(driver->config.context);
}

void vscmi_virtio_driver_fail(struct vscmi_virtio_driver *driver)
{
	come_in(driver);
	give_up(driver);
	go_out(driver);
}

/*
 * Replies that one look at the ring takes at most. They are with the agent before the next look,
 * and between two looks it is the events' turn.
 */
#define REPLIES_AT_ONCE 16u

struct taken {
	struct vscmi_virtq_returned replies[REPLIES_AT_ONCE];
	uint32_t count;
	bool broken; /* the ring */
};

/* By who has come in. */
static inline void take_replies(struct vscmi_virtio_driver *driver, struct taken *taken)
{
	struct vscmi_virtq_driver *ring = driver->queues[VSCMI_VIRTIO_CMDQ].ring;
	uint32_t count = taken->count;

	while (count < REPLIES_AT_ONCE && atomic_load(&driver->running) &&
	       vscmi_virtq_driver_take(ring, &taken->replies[count]))
		count++;
	taken->count = count;
	taken->broken = ring->broken;
}

/* Bit 16 of empty_at. */
#define EMPTY (UINT32_C(1) << 16)

/* By who has the cmdq, so that the eventq is not closed meanwhile. */
static inline bool may_have_events(struct vscmi_virtio_driver *driver)
{
	struct vscmi_virtio_driver_queue *queue = &driver->queues[VSCMI_VIRTIO_EVENTQ];
	uint32_t empty_at = atomic_load(&queue->empty_at);

	return empty_at == 0 ||
	       vscmi_virtq_driver_has_returned(queue->ring, (uint16_t)empty_at);
}

/*
 * Let the cmdq go. Who finds it in use leaves word: then put there what is to be sent, and take
 * what has come unless taken is NULL. True: others did, and may have left replies too.
 */
static inline bool leave_cmdq(struct vscmi_virtio_driver *driver, struct taken *taken)
{
	struct vscmi_virtio_driver_queue *queue = &driver->queues[VSCMI_VIRTIO_CMDQ];
	bool again = false;

	while (!leave(driver, queue)) {
		again = true;
		publish_pending(driver);
		if (taken)
			take_replies(driver, taken);
	}
	return again;
}

static void deliver(struct vscmi_virtio_driver *driver,
		    const struct vscmi_virtq_returned *reply)
{
	struct vscmi_virtio_driver_command *command = reply->cookie;
	size_t number = (size_t)(command - driver->config.commands);

	/* The agent lends it again only when it has it back. */
	atomic_store(&command->out, 0);
	vscmi_agent_receive(driver->link.agent, VSCMI_CHANNEL_COMMANDS,
			    reply_of(driver, number), reply->written, (uint16_t)number);
}

/* One look at the cmdq. True: there may be more. */
static bool process_replies(struct vscmi_virtio_driver *driver, bool *ret_events)
{
	struct taken taken;

	if (!enter(&driver->queues[VSCMI_VIRTIO_CMDQ]))
		return false;
	come_in(driver);
	publish_pending(driver);
	taken.count = 0;
	take_replies(driver, &taken);
	*ret_events = may_have_events(driver);
	leave_cmdq(driver, &taken);
	if (taken.broken)
		give_up(driver);
	for (uint32_t i = 0; i < taken.count; i++)
		deliver(driver, &taken.replies[i]);
	go_out(driver);
	return taken.count == REPLIES_AT_ONCE;
}

/* Take one event from the eventq, and let the device have the buffer again. */
static bool next_event(struct vscmi_virtio_driver *driver, uint8_t *ret_message,
		       size_t *ret_count)
{
	struct vscmi_virtio_driver_queue *queue = &driver->queues[VSCMI_VIRTIO_EVENTQ];
	struct vscmi_virtq_returned returned;
	bool taken = false, broken = false;

	if (!enter(queue))
		return false;
	atomic_store(&queue->empty_at, 0);
	do {
		if (!taken && vscmi_virtq_driver_take(queue->ring, &returned)) {
			taken = true;
			*ret_count = returned.written;
			memcpy(ret_message, returned.cookie, returned.written);
			put_event_buffer(driver, returned.cookie);
			publish(driver, VSCMI_VIRTIO_EVENTQ);
		}
		if (!taken)
			atomic_store(&queue->empty_at, EMPTY | queue->ring->next_used);
		if (queue->ring->broken && !broken) {
			broken = true;
			come_in(driver);
		}
	} while (!leave(driver, queue));
	if (broken) {
		give_up(driver);
		go_out(driver);
	}
	return taken;
}

/* As many events as one look at the cmdq takes replies. One at a time: what a subscriber waits
 * for may be behind the event that it was called for. */
static bool process_events(struct vscmi_virtio_driver *driver)
{
	uint8_t message[VSCMI_EVENT_BYTES_MAX];
	size_t count;

	for (uint32_t i = 0; i < REPLIES_AT_ONCE; i++) {
		if (!next_event(driver, message, &count))
			return false;
		vscmi_agent_receive(driver->link.agent, VSCMI_CHANNEL_EVENTS, message,
				    count, VSCMI_NO_BUFFER);
	}
	return true;
}

bool vscmi_virtio_driver_process(struct vscmi_virtio_driver *driver)
{
	uint32_t most = driver->config.command_count + driver->config.event_count;
	bool more = true;

	for (uint32_t i = 0; more && i <= most / REPLIES_AT_ONCE; i++) {
		bool events = true;

		more = process_replies(driver, &events);
		if (events)
			more = process_events(driver) || more;
	}
	return more;
}

static bool is_open(const struct vscmi_virtio_driver_queue *queue)
{
	return atomic_load(&queue->work) != CLOSED;
}

/* By a thread that is the only one. Who processes then takes the link down. */
static bool is_newly_broken(struct vscmi_virtio_driver *driver,
			    struct vscmi_virtio_driver_queue *queue)
{
	if (!queue->ring->broken || !atomic_load(&driver->running))
		return false;
	atomic_store(&queue->empty_at, 0);
	return true;
}

bool vscmi_virtio_driver_has_next(struct vscmi_virtio_driver *driver)
{
	bool any = false;

	for (int i = 0; i < VSCMI_VIRTIO_QUEUES && !any; i++) {
		struct vscmi_virtio_driver_queue *queue = &driver->queues[i];

		any = is_open(queue) && (vscmi_virtq_driver_has_next(queue->ring) ||
					 is_newly_broken(driver, queue));
	}
	return any;
}

bool vscmi_virtio_driver_set_interrupts(struct vscmi_virtio_driver *driver, bool wanted)
{
	bool any = false;

	for (int i = 0; i < VSCMI_VIRTIO_QUEUES; i++) {
		struct vscmi_virtio_driver_queue *queue = &driver->queues[i];

		if (!is_open(queue))
			continue;
		if (!wanted)
			vscmi_virtq_driver_disable_calls(queue->ring);
		else if (vscmi_virtq_driver_enable_calls(queue->ring) ||
			 is_newly_broken(driver, queue))
			any = true;
	}
	return any;
}

/*
 * ---- The link ----
 */

static struct vscmi_virtio_driver *driver_of(struct vscmi_link *link)
{
	return (void *)((uint8_t *)link - offsetof(struct vscmi_virtio_driver, link));
}

static enum vscmi_error send(struct vscmi_link *link, const void *message, size_t count,
			     size_t reply_room, uint16_t number, uint32_t epoch)
{
	struct vscmi_virtio_driver *driver = driver_of(link);
	struct vscmi_virtio_driver_command *command = &driver->config.commands[number];
	struct vscmi_virtio_driver_queue *cmdq = &driver->queues[VSCMI_VIRTIO_CMDQ];
	bool events;

	if (!atomic_load(&driver->running))
		return VSCMI_E_NOT_READY;
	if (count > driver->config.message_bytes)
		return VSCMI_E_TOO_BIG;
	if (atomic_exchange(&command->out, 1))
		return VSCMI_E_BUSY;
	memcpy(request_of(driver, number), message, count);
	command->request_bytes = (uint32_t)count;
	command->reply_room = reply_room < driver->config.message_bytes
				      ? (uint32_t)reply_room
				      : driver->config.message_bytes;
	command->epoch = epoch;
	if (enter_free(cmdq)) {
		put_command(driver, number);
		publish(driver, VSCMI_VIRTIO_CMDQ);
	} else {
		mark_pending(driver, number);
		if (!enter(cmdq))
			return VSCMI_OK;
		publish_pending(driver);
	}
	/* Who has left word may be asleep: what there was to take is for this thread. */
	if (leave_cmdq(driver, NULL))
		while (process_replies(driver, &events))
			;
	return VSCMI_OK;
}

static bool poll(struct vscmi_link *link)
{
	return vscmi_virtio_driver_process(driver_of(link));
}

static const struct vscmi_link_ops ops = {
	.ops_size = sizeof(ops),
	.send = send,
	.poll = poll,
};

enum vscmi_error vscmi_virtio_driver_init(struct vscmi_virtio_driver *driver,
					  const struct vscmi_virtio_driver_config *config)
{
	if (config->command_count < 1 || config->command_count > VSCMI_TOKENS ||
	    config->message_bytes < VSCMI_HEADER_BYTES + VSCMI_STATUS_BYTES ||
	    config->message_bytes > VSCMI_EVENT_BYTES_MAX)
		return VSCMI_E_INVALID;
	memset(driver, 0, sizeof(*driver));
	driver->config = *config;
	driver->link = (struct vscmi_link){
		.ops = &ops,
		.name = "virtio",
		.max_messages = config->command_count,
		.max_message_bytes = config->message_bytes,
		.timeout_us = VSCMI_VIRTIO_TIMEOUT_US,
	};
	for (uint32_t i = 0; i < config->command_count; i++)
		atomic_init(&config->commands[i].out, 0);
	return VSCMI_OK;
}

/* Commands that a fresh ring can hold. No chain may be longer than the ring, tables or not. */
static uint32_t capacity(const struct vscmi_virtq_driver *ring)
{
	bool indirect = ring->tables &&
			ring->table_entries >= VSCMI_VIRTIO_DRIVER_TABLE_ENTRIES &&
			ring->queue_size >= VSCMI_VIRTIO_DRIVER_TABLE_ENTRIES;

	return indirect ? ring->queue_size
			: ring->queue_size / VSCMI_VIRTIO_DRIVER_TABLE_ENTRIES;
}

static enum vscmi_error fill_eventq(struct vscmi_virtio_driver *driver)
{
	const struct vscmi_virtq_driver *ring = driver->queues[VSCMI_VIRTIO_EVENTQ].ring;

	for (uint32_t i = 0; i < driver->config.event_count && i < ring->queue_size;
	     i++) {
		enum vscmi_error error = put_event_buffer(driver, event_of(driver, i));

		if (error)
			return error;
	}
	return VSCMI_OK;
}

enum vscmi_error vscmi_virtio_driver_start(struct vscmi_virtio_driver *driver,
					   uint64_t features,
					   struct vscmi_virtq_driver *cmdq,
					   struct vscmi_virtq_driver *eventq)
{
	bool events = features & VSCMI_VIRTIO_F_P2A_CHANNELS;
	enum vscmi_error error;
	uint64_t address;

	if (!(features & VSCMI_VIRTIO_F_VERSION_1))
		return VSCMI_E_UNSUPPORTED;
	if (atomic_load(&driver->queues[VSCMI_VIRTIO_CMDQ].work) != CLOSED)
		return VSCMI_E_BUSY;
	if (capacity(cmdq) == 0 ||
	    vscmi_memory_address(cmdq->memory, driver->config.buffers,
				 (uint64_t)2 * driver->config.command_count *
					 driver->config.message_bytes,
				 &address))
		return VSCMI_E_INVALID;

	driver->queues[VSCMI_VIRTIO_CMDQ].ring = cmdq;
	driver->queues[VSCMI_VIRTIO_EVENTQ].ring = eventq;
	atomic_store(&driver->queues[VSCMI_VIRTIO_EVENTQ].empty_at, 0);
	driver->link.has_events = events;
	driver->link.max_messages = driver->config.command_count < capacity(cmdq)
					    ? driver->config.command_count
					    : capacity(cmdq);
	if (events) {
		error = fill_eventq(driver);
		if (error)
			return error;
		publish(driver, VSCMI_VIRTIO_EVENTQ);
		atomic_store(&driver->queues[VSCMI_VIRTIO_EVENTQ].work, IDLE);
	}
	atomic_store(&driver->broken, 0);
	put_all_pending(driver); /* none: what the last start has left is dropped */
	atomic_store(&driver->queues[VSCMI_VIRTIO_CMDQ].work, IDLE);
	atomic_store(&driver->running, 1);
	return vscmi_agent_link_up(driver->link.agent);
}

void vscmi_virtio_driver_stop(struct vscmi_virtio_driver *driver)
{
	struct vscmi_virtio_driver_queue *cmdq = &driver->queues[VSCMI_VIRTIO_CMDQ];
	struct vscmi_virtio_driver_command *command;
	struct vscmi_port *port;
	uint32_t delivering;
	void *cookie;

	if (atomic_load(&cmdq->work) == CLOSED)
		return;
	port = driver->link.agent->config.port;
	atomic_store(&driver->running, 0);
	close_queue(driver, cmdq);
	close_queue(driver, &driver->queues[VSCMI_VIRTIO_EVENTQ]);
	/* What was taken is with the agent first: no buffer comes back when the link is down. */
	while ((delivering = atomic_load(&driver->delivering)) != 0)
		port->ops->wait(port, &driver->delivering, delivering, VSCMI_NEVER);
	while (vscmi_virtq_driver_detach(cmdq->ring, &cookie)) {
		command = cookie;
		atomic_store(&command->out, 0);
	}
	vscmi_agent_link_down(driver->link.agent);
}
