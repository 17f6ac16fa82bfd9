/* SPDX-License-Identifier: BSD-3-Clause */
#include "work.h"

#include <string.h>

#include "message/cursor.h"

#include "clock.h"

#define WORDS_MAX 5u

static const struct {
	const char *name;
	uint8_t protocol, message_id;
	uint32_t words[WORDS_MAX]; /* the first is the header's */
	size_t word_count;
} kinds[WORK_KINDS] = {
	[WORK_READING] = { "reading", VSCMI_PROTOCOL_SENSOR, 0x6, { 0, 0, 0 }, 3 },
	[WORK_SLOW_READING] = { "slow", VSCMI_PROTOCOL_SENSOR, 0x6, { 0, 1, 0 }, 3 },
	[WORK_VERSION] = { "version", VSCMI_PROTOCOL_BASE, 0x0, { 0 }, 1 },
	[WORK_CLOCK] = { "clock", VSCMI_PROTOCOL_CLOCK, 0x5, { 0, 0, 0, 1000000, 0 }, 5 },
};

enum work_kind work_find(const char *name)
{
	enum work_kind kind = 0;

	while (kind < WORK_KINDS && strcmp(kinds[kind].name, name) != 0)
		kind++;
	return kind;
}

void work_init(struct work *work, struct vscmi_agent *agent, enum work_kind kind,
	       uint32_t in_flight)
{
	*work = (struct work){ .agent = agent, .kind = kind, .in_flight = in_flight };
}

struct vscmi_result work_send(struct work *work, uint64_t at_ns)
{
	uint8_t message[4 * WORDS_MAX];
	size_t count = 4 * kinds[work->kind].word_count;
	struct vscmi_request request = {
		.protocol = kinds[work->kind].protocol,
		.message_id = kinds[work->kind].message_id,
		.kind = VSCMI_SYNC,
		.message = message,
		.count = count,
	};
	size_t place = work->sent % work->in_flight;
	struct vscmi_result result;

	for (size_t i = 0; i < kinds[work->kind].word_count; i++)
		vscmi_le32_put(message + 4 * i, kinds[work->kind].words[i]);
	if (work->kind == WORK_CLOCK && work->sent % 2 == 0)
		vscmi_le32_put(message + 12, 2 * kinds[WORK_CLOCK].words[3]);
	work->commands[place].sent_ns = at_ns;
	result = vscmi_local(
		vscmi_submit(work->agent, &request, &work->commands[place].slot));
	if (!vscmi_failed(result))
		work->sent++;
	return result;
}

struct vscmi_result work_wait(struct work *work, struct histogram *histogram,
			      uint64_t *ret_ns)
{
	size_t place = work->ended++ % work->in_flight;
	struct vscmi_slot *slot = work->commands[place].slot;
	struct vscmi_result result = vscmi_wait(work->agent, slot);

	vscmi_release(work->agent, slot);
	*ret_ns = now_ns();
	if (histogram)
		histogram_add(histogram, *ret_ns - work->commands[place].sent_ns);
	return result;
}
