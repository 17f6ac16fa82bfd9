/* SPDX-License-Identifier: BSD-3-Clause */
#include "echo.h"

#include <string.h>

#include "message/cursor.h"
#include "scheduler.h"
#include "vscmi/header.h"

#define HELD      8u
#define OWED      64u
#define LATER_US  500u
#define NOTIFY_US 300u
#define NOTIFY_MAX \
	16u /* after each command, so that who waits long is not told for ever */

enum { VERSION = 0, ATTRIBUTES = 1, CLOCK_ATTRIBUTES = 3, RATE_NOTIFY = 9 };

/* A message that goes out when it is due. */
struct owed {
	uint64_t due_us; /* VSCMI_NEVER: this place is free */
	void *cookie;
	bool is_reply;
	uint32_t words[5], count;
};

static struct {
	struct vscmi_service service;
	const struct vscmi_service_channel *channel;
	uint32_t later, refuse;
	uint64_t now_us, notify_us;
	bool notify[ECHO_CLOCKS];
	struct owed owed[OWED];
	uint32_t held, notifications;
} echo;

static struct owed *free_place(void)
{
	for (uint32_t i = 0; i < OWED; i++)
		if (echo.owed[i].due_us == VSCMI_NEVER)
			return &echo.owed[i];
	return NULL;
}

static void forget(void)
{
	for (uint32_t i = 0; i < OWED; i++)
		echo.owed[i].due_us = VSCMI_NEVER;
	memset(echo.notify, 0, sizeof(echo.notify));
	echo.notify_us = VSCMI_NEVER;
	echo.held = 0;
}

static enum vscmi_error connect(struct vscmi_service *service, uint32_t agent_id,
				const struct vscmi_service_channel *channel)
{
	forget();
	echo.channel = channel;
	return VSCMI_OK;
}

static void disconnect(struct vscmi_service *service, uint32_t agent_id)
{
	forget();
	echo.channel = NULL;
}

/* The next, if somebody watches and there were not too many. */
static void plan_notification(void)
{
	bool watched = false;

	for (uint32_t i = 0; i < ECHO_CLOCKS; i++)
		watched = watched || echo.notify[i];
	if (!watched || echo.notifications == NOTIFY_MAX)
		echo.notify_us = VSCMI_NEVER;
	else if (echo.notify_us == VSCMI_NEVER)
		echo.notify_us = echo.now_us + 1 + sim_draw(NOTIFY_US);
}

static size_t put(uint8_t *bytes, const uint32_t *words, uint32_t count, size_t room)
{
	for (uint32_t i = 0; i < count && 4 * i + 4 <= room; i++)
		vscmi_le32_put(bytes + 4 * i, words[i]);
	return 4 * (size_t)count <= room ? 4 * (size_t)count : room / 4 * 4;
}

/* What the typed calls ask for before they subscribe: the words after the status. */
static uint32_t clock_answer(uint32_t message_id, const uint8_t *request, size_t count,
			     uint32_t *ret_words)
{
	switch (message_id) {
	case VERSION:
		ret_words[0] = 0x30000;
		return 1;
	case ATTRIBUTES:
		ret_words[0] = ECHO_CLOCKS | 4u << 16;
		return 1;
	case RATE_NOTIFY:
		if (count >= 12 && vscmi_le32_get(request + 4) < ECHO_CLOCKS)
			echo.notify[vscmi_le32_get(request + 4)] =
				vscmi_le32_get(request + 8);
		return 0;
	default:
		return 0;
	}
}

static enum vscmi_service_outcome handle(struct vscmi_service *service, uint32_t agent_id,
					 const void *bytes, size_t count, void *reply,
					 size_t room, void *cookie, size_t *ret_count)
{
	const uint8_t *request = bytes;
	uint32_t words[5] = { count >= 4 ? vscmi_le32_get(request) : 0 }, word_count = 2;
	struct vscmi_header header = vscmi_header_unpack(words[0]);
	struct owed *place = free_place(), *delayed = NULL;

	if (count < 4 || room < 8 || !echo.channel)
		return VSCMI_SERVICE_UNANSWERABLE;
	echo.notifications = 0;
	plan_notification();
	if (header.protocol != ECHO_PROTOCOL) {
		word_count += clock_answer(header.message_id, request, count, words + 2);
	} else if (count < 12 || sim_chance(echo.refuse) || !place) {
		words[1] = (uint32_t)ECHO_REFUSAL;
	} else if (vscmi_le32_get(request + 8)) {
		delayed = place;
		delayed->due_us =
			echo.now_us + (sim_chance(500) ? sim_draw(LATER_US) : 0);
		delayed->is_reply = false;
		delayed->words[0] = words[0] | VSCMI_DELAYED_RESPONSE << 8;
		delayed->words[1] = 0;
		delayed->words[2] = sim_echo(vscmi_le32_get(request + 4));
		delayed->count = 3;
	} else {
		words[word_count++] = sim_echo(vscmi_le32_get(request + 4));
		words[word_count++] = 0x11111111;
	}
	place = free_place();
	if (place && echo.held < HELD && sim_chance(echo.later)) {
		echo.held++;
		place->due_us =
			delayed ? delayed->due_us : echo.now_us + sim_draw(LATER_US);
		place->is_reply = true;
		place->cookie = cookie;
		place->count = (uint32_t)put((uint8_t *)place->words, words, word_count,
					     room < sizeof(place->words)
						     ? room
						     : sizeof(place->words)) /
			       4;
		/* Kept as bytes, sent as they are. */
		return VSCMI_SERVICE_HELD;
	}
	*ret_count = put(reply, words, word_count, room);
	return VSCMI_SERVICE_ANSWERED;
}

static struct owed *due_event(void)
{
	for (uint32_t i = 0; i < OWED; i++)
		if (!echo.owed[i].is_reply && echo.owed[i].due_us <= echo.now_us)
			return &echo.owed[i];
	return NULL;
}

static bool event(struct vscmi_service *service, uint32_t agent_id, void *bytes,
		  size_t room, size_t *ret_count)
{
	struct owed *owed = due_event();

	if (!owed || room < 4 * (size_t)owed->count)
		return false;
	*ret_count = put(bytes, owed->words, owed->count, room);
	owed->due_us = VSCMI_NEVER;
	return true;
}

static bool event_waits(struct vscmi_service *service, uint32_t agent_id)
{
	return due_event() != NULL;
}

static size_t held_max(struct vscmi_service *service)
{
	return HELD;
}

/* A rate has changed, of a clock that somebody watches. */
static void notify(void)
{
	uint32_t clock = sim_draw(ECHO_CLOCKS);
	struct owed *owed = free_place();

	echo.notify_us = VSCMI_NEVER;
	echo.notifications++;
	plan_notification();
	if (owed && echo.notify[clock])
		*owed = (struct owed){
			.due_us = echo.now_us,
			.words = { VSCMI_NOTIFICATION << 8 | 0x14u << 10, 0, clock, 2,
				   3 },
			.count = 5,
		};
}

static void advance(struct vscmi_service *service, uint64_t now_us)
{
	echo.now_us = now_us;
	if (echo.notify_us <= now_us)
		notify();
	for (uint32_t i = 0; i < OWED; i++) {
		struct owed owed = echo.owed[i];

		if (!owed.is_reply || owed.due_us > now_us)
			continue;
		/* The next command may come from inside the reply, and take the place. */
		echo.owed[i].due_us = VSCMI_NEVER;
		echo.held--;
		echo.channel->reply(echo.channel->context, owed.cookie, owed.words,
				    4 * (size_t)owed.count);
	}
	if (echo.channel && echo.channel->events_ready && due_event())
		echo.channel->events_ready(echo.channel->context);
}

static uint64_t next_us(struct vscmi_service *service)
{
	uint64_t next_us = echo.notify_us;

	for (uint32_t i = 0; i < OWED; i++) {
		const struct owed *owed = &echo.owed[i];

		/* The link knows of events that are due: they wait for it. */
		if (owed->due_us < next_us &&
		    (owed->is_reply || owed->due_us > echo.now_us))
			next_us = owed->due_us;
	}
	return next_us;
}

static const struct vscmi_service_ops ops = {
	.ops_size = sizeof(ops),
	.connect = connect,
	.disconnect = disconnect,
	.handle = handle,
	.event = event,
	.event_waits = event_waits,
	.held_max = held_max,
	.advance = advance,
	.next_us = next_us,
};

struct vscmi_service *echo_start(uint32_t later, uint32_t refuse)
{
	memset(&echo, 0, sizeof(echo));
	echo.service.ops = &ops;
	echo.later = later;
	echo.refuse = refuse;
	forget();
	return &echo.service;
}

bool echo_watches(uint32_t clock_id)
{
	return echo.notify[clock_id];
}
