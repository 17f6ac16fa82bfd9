/* SPDX-License-Identifier: BSD-3-Clause */
/* A fault rule as one line of text, in and out. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "board/board.h"

enum vscmi_error vscmi_board_fault_read(const struct vscmi_board *board, const char *text,
					size_t length, struct vscmi_fault_rule *ret_rule,
					struct vscmi_problem *problem)
{
	struct vscmi_pool pool = { 0 };
	struct vscmi_reader reader = {
		.what = "a rule",
		.file_name = "the rule",
		.tell_keys = true,
		.pool = &pool,
		.problem = problem,
	};
	struct vscmi_fault_rule rule;

	if (!vscmi_reader_open(&reader, text, length)) {
		vscmi_read_fault_rule(&reader, vscmi_reader_root(&reader), &board->agents,
				      &rule);
		vscmi_reader_close(&reader);
	}
	vscmi_pool_give_back(&pool);
	if (!reader.error)
		*ret_rule = rule;
	return reader.error;
}

/*
 * ---- Out ----
 */

struct line {
	char *text;
	size_t room, length;
	const struct vscmi_board *board;
};

__attribute__((format(printf, 2, 3))) static void put(struct line *line,
						      const char *format, ...)
{
	size_t room = line->length < line->room ? line->room - line->length : 0;
	va_list args;

	va_start(args, format);
	line->length += (size_t)vsnprintf(room ? line->text + line->length : NULL, room,
					  format, args);
	va_end(args);
}

static void put_key(struct line *line, const char *name)
{
	put(line, "%s\"%s\":", line->length > 1 ? "," : "", name);
}

static void put_duration(struct line *line, uint64_t duration_us)
{
	if (duration_us % 1000000 == 0)
		put(line, "\"%" PRIu64 "s\"", duration_us / 1000000);
	else if (duration_us % 1000 == 0)
		put(line, "\"%" PRIu64 "ms\"", duration_us / 1000);
	else
		put(line, "\"%" PRIu64 "us\"", duration_us);
}

/* The message whose name says no more than the rule, or NULL. */
static const struct vscmi_message *message_of(const struct vscmi_fault_rule *rule)
{
	static const enum vscmi_message_type types[] = {
		VSCMI_NOTIFICATION,
		VSCMI_DELAYED_RESPONSE,
		VSCMI_COMMAND,
	};

	if (rule->protocol == VSCMI_FAULT_ANY || rule->message_id == VSCMI_FAULT_ANY)
		return NULL;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		const struct vscmi_message *message = vscmi_message_find(
			(uint8_t)rule->protocol, types[i], (uint8_t)rule->message_id);

		if (message && !(rule->on & ~vscmi_fault_messages(rule->fault, message)))
			return message;
	}
	return NULL;
}

/* Each writes a key and its value, or nothing if the rule would be the same without. */
typedef void write_key(struct line *line, const struct vscmi_fault_rule *rule,
		       const char *key);

static void write_fault(struct line *line, const struct vscmi_fault_rule *rule,
			const char *key)
{
	put_key(line, key);
	put(line, "\"%s\"", vscmi_fault_name(rule->fault));
}

/* Names of agents have no control characters. */
static void write_agent(struct line *line, const struct vscmi_fault_rule *rule,
			const char *key)
{
	if (rule->agent_id == 0)
		return;
	put_key(line, key);
	put(line, "\"");
	for (const char *c = vscmi_board_agent_name(line->board, rule->agent_id); *c; c++)
		put(line, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
	put(line, "\"");
}

static void write_protocol(struct line *line, const struct vscmi_fault_rule *rule,
			   const char *key)
{
	const char *name;

	if (rule->protocol == VSCMI_FAULT_ANY || message_of(rule))
		return;
	name = vscmi_protocol_name((uint8_t)rule->protocol);
	put_key(line, key);
	if (name)
		put(line, "\"%s\"", name);
	else
		put(line, "\"0x%02" PRIx32 "\"", rule->protocol);
}

static void write_message(struct line *line, const struct vscmi_fault_rule *rule,
			  const char *key)
{
	const struct vscmi_message *message = message_of(rule);

	if (rule->message_id == VSCMI_FAULT_ANY)
		return;
	put_key(line, key);
	if (message)
		put(line, "\"%s\"", vscmi_message_name(message));
	else
		put(line, "\"0x%02" PRIx32 "\"", rule->message_id);
}

static void write_on(struct line *line, const struct vscmi_fault_rule *rule,
		     const char *key)
{
	char separator = '[';

	if (rule->on == vscmi_fault_messages(rule->fault, message_of(rule)))
		return;
	put_key(line, key);
	for (uint32_t bit = 0; vscmi_fault_message_kind(bit); bit++) {
		if (!(rule->on >> bit & 1))
			continue;
		put(line, "%c\"%s\"", separator, vscmi_fault_message_kind(bit));
		separator = ',';
	}
	put(line, "]");
}

static void write_time(struct line *line, const struct vscmi_fault_rule *rule,
		       const char *key)
{
	if (rule->max_us == 0)
		return;
	put_key(line, key);
	if (rule->min_us == rule->max_us) {
		put_duration(line, rule->min_us);
		return;
	}
	put(line, "{\"min\":");
	put_duration(line, rule->min_us);
	put(line, ",\"max\":");
	put_duration(line, rule->max_us);
	put(line, "}");
}

static void write_after(struct line *line, const struct vscmi_fault_rule *rule,
			const char *key)
{
	uint64_t usual_us = VSCMI_FAULT_LEAD_US;

	if (usual_us > rule->max_us)
		usual_us = rule->max_us;
	if (rule->min_us == usual_us)
		return;
	put_key(line, key);
	put_duration(line, rule->min_us);
}

static void write_at_most(struct line *line, const struct vscmi_fault_rule *rule,
			  const char *key)
{
	if (rule->max_us == VSCMI_FAULT_PATIENCE_US)
		return;
	put_key(line, key);
	put_duration(line, rule->max_us);
}

static void write_status(struct line *line, const struct vscmi_fault_rule *rule,
			 const char *key)
{
	put_key(line, key);
	if (rule->status <= VSCMI_SUCCESS && rule->status >= VSCMI_IN_USE)
		put(line, "\"%s\"", vscmi_status_name(rule->status));
	else
		put(line, "%" PRId32, rule->status);
}

static void write_probability(struct line *line, const struct vscmi_fault_rule *rule,
			      const char *key)
{
	uint32_t fraction = rule->probability % 10000;
	int places = 4;

	if (rule->probability == VSCMI_FAULT_CERTAIN)
		return;
	put_key(line, key);
	put(line, "\"%" PRIu32, rule->probability / 10000);
	for (; fraction && fraction % 10 == 0; places--)
		fraction /= 10;
	if (fraction)
		put(line, ".%0*" PRIu32, places, fraction);
	put(line, "%%\"");
}

static void write_skip(struct line *line, const struct vscmi_fault_rule *rule,
		       const char *key)
{
	if (rule->skip == 0)
		return;
	put_key(line, key);
	put(line, "%" PRIu64, rule->skip);
}

static void write_times(struct line *line, const struct vscmi_fault_rule *rule,
			const char *key)
{
	if (rule->times == 0)
		return;
	put_key(line, key);
	put(line, "%" PRIu64, rule->times);
}

static void write_copy(struct line *line, const struct vscmi_fault_rule *rule,
		       const char *key)
{
	if (!rule->copy)
		return;
	put_key(line, key);
	put(line, "true");
}

/* Every other key is what a fault calls its amount. */
static void write_amount(struct line *line, const struct vscmi_fault_rule *rule,
			 const char *key)
{
	put_key(line, key);
	put(line, "%" PRIu32, rule->amount);
}

static write_key *writer_of(const char *key)
{
	static const struct {
		const char *key;
		write_key *write;
	} writers[] = {
		{ "fault", write_fault },
		{ "agent", write_agent },
		{ "protocol", write_protocol },
		{ "message", write_message },
		{ "on", write_on },
		{ "probability", write_probability },
		{ "skip", write_skip },
		{ "times", write_times },
		{ "copy", write_copy },
		{ "time", write_time },
		{ "after", write_after },
		{ "at_most", write_at_most },
		{ "status", write_status },
	};

	for (size_t i = 0; i < sizeof(writers) / sizeof(writers[0]); i++) {
		if (!strcmp(key, writers[i].key))
			return writers[i].write;
	}
	return write_amount;
}

size_t vscmi_board_fault_write(const struct vscmi_board *board,
			       const struct vscmi_fault_rule *rule, char *text,
			       size_t room)
{
	const struct vscmi_keys *keys = vscmi_fault_keys(rule->fault);
	struct line line = { .text = text, .room = room, .board = board };

	put(&line, "{");
	for (size_t i = 0; i < keys->count; i++)
		writer_of(keys->keys[i].name)(&line, rule, keys->keys[i].name);
	put(&line, "}");
	return line.length;
}
