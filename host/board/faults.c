/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <vscmi/header.h>
#include <vscmi/host/board.h>
#include <vscmi/host/quantity.h>

#include "board/faults.h"

/*
 * ---- Values ----
 */

static void read_protocol(struct vscmi_reader *reader, yaml_node_t *value, void *member)
{
	static const char expected[] =
		"a protocol such as sensor, or a number up to 0xff";
	const char *text = vscmi_scalar(reader, value, expected);
	uint32_t number;

	if (!text)
		return;
	if (!vscmi_u32_parse(text, &number))
		number = vscmi_protocol_find_name(text);
	if (number == 0 || number > UINT8_MAX)
		vscmi_refuse_scalar(reader, value, expected);
	else
		*(uint32_t *)member = number;
}

static void read_probability(struct vscmi_reader *reader, yaml_node_t *value,
			     void *member)
{
	static const char expected[] = "a probability such as 25%, from 0.0001% to 100%";
	const char *text = vscmi_scalar(reader, value, expected);
	uint64_t millionths;

	if (!text)
		return;
	if (vscmi_percentage_parse(text, &millionths) && millionths > 0 &&
	    millionths <= VSCMI_FAULT_CERTAIN)
		*(uint32_t *)member = (uint32_t)millionths;
	else
		vscmi_refuse_scalar(reader, value, expected);
}

static void read_skip(struct vscmi_reader *reader, yaml_node_t *value, void *member)
{
	uint32_t count = 0;

	vscmi_read_u32(reader, value, &count);
	*(uint64_t *)member = count;
}

static void read_times(struct vscmi_reader *reader, yaml_node_t *value, void *member)
{
	read_skip(reader, value, member);
	if (!reader->error && *(uint64_t *)member == 0)
		vscmi_refuse_scalar(reader, value, "at least once");
}

/* 20ms, or { min: 20ms, max: 80ms } */
static void read_time(struct vscmi_reader *reader, yaml_node_t *value, void *member)
{
	static const size_t min_us = offsetof(struct vscmi_fault_rule, min_us);
	static const struct vscmi_key keys[] = {
		{ "min", vscmi_read_duration, min_us - min_us, true },
		{ "max", vscmi_read_duration,
		  offsetof(struct vscmi_fault_rule, max_us) - min_us, true },
	};
	static const struct vscmi_keys range = VSCMI_KEYS("a range of times", keys);
	struct vscmi_fault_rule *rule = (void *)((char *)member - min_us);

	if (value->type == YAML_MAPPING_NODE) {
		vscmi_read_mapping(reader, value, &range, member);
	} else {
		vscmi_read_duration(reader, value, &rule->min_us);
		rule->max_us = rule->min_us;
	}
	if (reader->error)
		return;
	if (rule->min_us > rule->max_us)
		vscmi_reader_refuse(reader, value, "min is above max");
	else if (rule->max_us == 0)
		vscmi_reader_refuse(reader, value, "expected more than nothing");
}

/* Its name, or its number, as a vendor's has no name. */
static void read_status(struct vscmi_reader *reader, yaml_node_t *value, void *member)
{
	static const char expected[] = "a status such as BUSY, or a number such as -128";
	const char *text = vscmi_scalar(reader, value, expected);
	struct vscmi_decimal number;

	if (!text)
		return;
	for (int32_t status = VSCMI_SUCCESS; status >= VSCMI_IN_USE; status--) {
		if (!strcasecmp(text, vscmi_status_name(status))) {
			*(int32_t *)member = status;
			return;
		}
	}
	if (vscmi_decimal_parse(text, &number) && number.places == 0 &&
	    number.digits <= INT32_MAX)
		*(int32_t *)member = number.negative ? -(int32_t)number.digits
						     : (int32_t)number.digits;
	else
		vscmi_refuse_scalar(reader, value, expected);
}

/*
 * ---- The keys of each fault ----
 */

#define KEY(name, read, member, required)                                             \
	{                                                                             \
		(name), (read), offsetof(struct vscmi_fault_rule, member), (required) \
	}

#define WHICH                                                        \
	KEY("fault", vscmi_read_later, fault, true),                 \
		KEY("agent", vscmi_read_later, agent_id, false),     \
		KEY("protocol", read_protocol, protocol, false),     \
		KEY("message", vscmi_read_later, message_id, false), \
		KEY("on", vscmi_read_later, on, false)
#define WHEN                                                      \
	KEY("probability", read_probability, probability, false), \
		KEY("skip", read_skip, skip, false),              \
		KEY("times", read_times, times, false)
#define COPY         KEY("copy", vscmi_read_bool, copy, false)
#define TIME         KEY("time", read_time, min_us, true)
#define TIME_OR_NONE KEY("time", read_time, min_us, false)
#define AT_MOST      KEY("at_most", vscmi_read_period, max_us, false)
#define AFTER        KEY("after", vscmi_read_duration, min_us, false)
#define STATUS       KEY("status", read_status, status, true)
/* The amount, if there is one to assume, and if there is none. */
#define AMOUNT(name) KEY(name, vscmi_read_u32, amount, false)
#define NEEDED(name) KEY(name, vscmi_read_u32, amount, true)

struct shape {
	struct vscmi_keys keys;
	uint32_t min, max, usual; /* of the amount, if it has one */
};

#define ITS_KEYS(what, ...) \
	.keys = VSCMI_KEYS(what, ((const struct vscmi_key[]){ WHICH, __VA_ARGS__ }))
#define WITH_AMOUNT(least, most, assumed) \
	.min = (least), .max = (most), .usual = (assumed)

static const struct shape shapes[VSCMI_FAULT_COUNT] = {
	[VSCMI_FAULT_DELAY] = { ITS_KEYS("a delay", TIME, WHEN, COPY) },
	[VSCMI_FAULT_DROP] = { ITS_KEYS("a drop", WHEN) },
	[VSCMI_FAULT_DUPLICATE] = { ITS_KEYS("a duplicate", TIME_OR_NONE, WHEN) },
	[VSCMI_FAULT_REORDER] = { ITS_KEYS("a reorder", AMOUNT("behind"), AT_MOST, WHEN,
					   COPY),
				  WITH_AMOUNT(1, 64, 1) },
	[VSCMI_FAULT_EARLY] = { ITS_KEYS("an early", AFTER, AT_MOST, WHEN) },
	[VSCMI_FAULT_UNSOLICITED] = { ITS_KEYS("an unsolicited", TIME_OR_NONE, WHEN) },
	[VSCMI_FAULT_TOKEN] = { ITS_KEYS("a token", AMOUNT("by"), WHEN, COPY),
				WITH_AMOUNT(1, VSCMI_TOKENS - 1, 1) },
	[VSCMI_FAULT_TYPE] = { ITS_KEYS("a type", NEEDED("type"), WHEN, COPY),
			       WITH_AMOUNT(0, 3, 0) },
	[VSCMI_FAULT_MESSAGE] = { ITS_KEYS("a message", AMOUNT("by"), WHEN, COPY),
				  WITH_AMOUNT(1, UINT8_MAX, 1) },
	[VSCMI_FAULT_TRUNCATE] = { ITS_KEYS("a truncate", NEEDED("bytes"), WHEN, COPY),
				   WITH_AMOUNT(0, VSCMI_SERVICE_REPLY_MAX - 1, 0) },
	[VSCMI_FAULT_OVERSIZE] = { ITS_KEYS("an oversize", NEEDED("bytes"), WHEN, COPY),
				   WITH_AMOUNT(1, VSCMI_SERVICE_REPLY_MAX, 0) },
	[VSCMI_FAULT_FLIP] = { ITS_KEYS("a flip", AMOUNT("bits"), WHEN, COPY),
			       WITH_AMOUNT(1, 8 * VSCMI_SERVICE_REPLY_MAX, 1) },
	[VSCMI_FAULT_STATUS] = { ITS_KEYS("a status", STATUS, WHEN, COPY) },
	[VSCMI_FAULT_STALL] = { ITS_KEYS("a stall", TIME, WHEN) },
	[VSCMI_FAULT_RESET] = { ITS_KEYS("a reset", WHEN) },
};

const struct vscmi_keys *vscmi_fault_keys(enum vscmi_fault fault)
{
	return &shapes[fault].keys;
}

/* Refused at the key that the fault calls its amount. */
static void check_amount(struct vscmi_reader *reader, yaml_node_t *node,
			 const struct vscmi_fault_rule *rule)
{
	const struct shape *shape = &shapes[rule->fault];
	yaml_node_t *value;

	for (size_t i = 0; i < shape->keys.count; i++) {
		const struct vscmi_key *key = &shape->keys.keys[i];

		if (key->offset != offsetof(struct vscmi_fault_rule, amount))
			continue;
		value = vscmi_mapping_value(reader, node, key->name);
		if (value && (rule->amount < shape->min || rule->amount > shape->max))
			vscmi_reader_refuse(reader, value, "%u, expected %u to %u",
					    rule->amount, shape->min, shape->max);
	}
}

/* A delayed response cannot lead by more than its reply waits. */
static void check_lead(struct vscmi_reader *reader, yaml_node_t *node,
		       struct vscmi_fault_rule *rule)
{
	yaml_node_t *value;

	if (rule->fault != VSCMI_FAULT_EARLY || rule->min_us <= rule->max_us)
		return;
	value = vscmi_mapping_value(reader, node, "after");
	if (value)
		vscmi_reader_refuse(reader, value, "above at_most");
	rule->min_us = rule->max_us;
}

/*
 * ---- What depends on other keys ----
 */

/* Names that a value may be one of, as a text for who gave another. */
struct names {
	char text[200];
};

static void add_name(struct names *names, const char *name)
{
	size_t length = strlen(names->text);

	snprintf(names->text + length, sizeof(names->text) - length, "%s%s",
		 length ? ", " : "", name);
}

static void read_fault(struct vscmi_reader *reader, yaml_node_t *value,
		       enum vscmi_fault *fault)
{
	const char *text = vscmi_scalar(reader, value, "a fault");
	struct names names = { "" };

	for (int i = 0; text && i < VSCMI_FAULT_COUNT; i++) {
		if (!strcmp(text, vscmi_fault_name((enum vscmi_fault)i))) {
			*fault = (enum vscmi_fault)i;
			return;
		}
		add_name(&names, vscmi_fault_name((enum vscmi_fault)i));
	}
	if (text)
		vscmi_reader_refuse(reader, value, "'%.40s', expected one of: %s", text,
				    names.text);
}

/* The messages that each fault can be done to. */
enum {
	REPLIES = VSCMI_FAULT_ON_REPLIES,
	DELAYED = VSCMI_FAULT_ON_DELAYED,
	ALL = VSCMI_FAULT_ON_ALL,
};
#define FAULT(NAME, name, on) [VSCMI_FAULT_##NAME] = on,
static const uint32_t possible[] = { VSCMI_FAULTS(FAULT) };
#undef FAULT

const char *vscmi_fault_message_kind(uint32_t bit)
{
	static const char *const names[] = { "reply", "delayed_response",
					     "notification" };

	return bit < sizeof(names) / sizeof(names[0]) ? names[bit] : NULL;
}

static void refuse_kind(struct vscmi_reader *reader, yaml_node_t *value,
			uint32_t expected)
{
	struct names names = { "" };

	for (uint32_t bit = 0; vscmi_fault_message_kind(bit); bit++) {
		if (expected >> bit & 1)
			add_name(&names, vscmi_fault_message_kind(bit));
	}
	vscmi_reader_refuse(reader, value, "'%.60s', expected one of: %s",
			    (const char *)value->data.scalar.value, names.text);
}

static uint32_t read_kind(struct vscmi_reader *reader, yaml_node_t *value,
			  uint32_t expected)
{
	const char *text = vscmi_scalar(reader, value, "a kind of message");

	for (uint32_t bit = 0; text && vscmi_fault_message_kind(bit); bit++) {
		if ((expected >> bit & 1) && !strcmp(text, vscmi_fault_message_kind(bit)))
			return UINT32_C(1) << bit;
	}
	if (text)
		refuse_kind(reader, value, expected);
	return 0;
}

/* A kind of message or a list of them, all out of those that are expected. */
static uint32_t read_on(struct vscmi_reader *reader, yaml_node_t *value,
			uint32_t expected)
{
	static const struct vscmi_array_shape shape = {
		.what = "a list of kinds of messages",
		.read = vscmi_read_later,
		.item_bytes = 1,
		.min = 1,
		.max = 3,
	};
	struct vscmi_array kinds = { 0 };
	uint32_t on = 0;

	if (value->type == YAML_SCALAR_NODE)
		return read_kind(reader, value, expected);
	vscmi_read_list(reader, value, &shape, &kinds);
	for (uint32_t i = 0; i < kinds.count && !reader->error; i++)
		on |= read_kind(reader, vscmi_array_node(reader, value, i), expected);
	return on;
}

/* The whole name says the protocol; with that, its part without the protocol's will do. */
static const struct vscmi_message *find_message(uint32_t protocol, const char *name)
{
	const struct vscmi_message *message;

	if (protocol != VSCMI_FAULT_ANY)
		return vscmi_message_find_name((uint8_t)protocol, name);
	for (protocol = 0; protocol <= UINT8_MAX; protocol++) {
		message = vscmi_message_find_name((uint8_t)protocol, name);
		if (message && !strcasecmp(vscmi_message_name(message), name))
			return message;
	}
	return NULL;
}

uint32_t vscmi_fault_messages(enum vscmi_fault fault, const struct vscmi_message *message)
{
	static const uint32_t sets[] = {
		[VSCMI_COMMAND] = VSCMI_FAULT_ON_REPLIES | VSCMI_FAULT_ON_DELAYED,
		[VSCMI_DELAYED_RESPONSE] = VSCMI_FAULT_ON_DELAYED,
		[VSCMI_NOTIFICATION] = VSCMI_FAULT_ON_NOTIFICATIONS,
	};

	if (!message)
		return possible[fault];
	return sets[vscmi_message_header(message).type] & possible[fault];
}

/* Ids of commands and notifications overlap: a name is never both. */
static void read_message(struct vscmi_reader *reader, yaml_node_t *value,
			 struct vscmi_fault_rule *rule)
{
	const char *text = vscmi_scalar(reader, value, "a message");
	const struct vscmi_message *message;

	if (!text)
		return;
	if (vscmi_u32_parse(text, &rule->message_id)) {
		if (rule->message_id > UINT8_MAX)
			vscmi_refuse_scalar(reader, value, "a number up to 0xff");
		else if (rule->protocol == VSCMI_FAULT_ANY)
			vscmi_refuse_scalar(
				reader, value,
				"a name, or the key 'protocol' beside a number");
		return;
	}
	message = find_message(rule->protocol, text);
	if (!message) {
		vscmi_refuse_scalar(reader, value,
				    rule->protocol == VSCMI_FAULT_ANY
					    ? "a message such as SENSOR_READING_GET"
					    : "a message of the protocol");
		return;
	}
	rule->protocol = vscmi_message_header(message).protocol;
	rule->message_id = vscmi_message_header(message).message_id;
	rule->on = vscmi_fault_messages(rule->fault, message);
	if (!rule->on)
		refuse_kind(reader, value, possible[rule->fault]);
}

/*
 * ---- A rule ----
 */

void vscmi_read_fault_rule(struct vscmi_reader *reader, yaml_node_t *node,
			   const struct vscmi_array *agents,
			   struct vscmi_fault_rule *rule)
{
	yaml_node_t *value = NULL;

	*rule = (struct vscmi_fault_rule){
		.protocol = VSCMI_FAULT_ANY,
		.message_id = VSCMI_FAULT_ANY,
		.probability = VSCMI_FAULT_CERTAIN,
	};
	if (node->type == YAML_MAPPING_NODE)
		value = vscmi_mapping_value(reader, node, "fault");
	if (!value) {
		vscmi_reader_refuse(reader, node,
				    "expected a rule, a mapping with the key 'fault'");
		return;
	}
	read_fault(reader, value, &rule->fault);
	if (reader->error)
		return;
	rule->on = possible[rule->fault];
	rule->amount = shapes[rule->fault].usual;
	if (rule->fault == VSCMI_FAULT_REORDER || rule->fault == VSCMI_FAULT_EARLY)
		rule->max_us = VSCMI_FAULT_PATIENCE_US;
	if (rule->fault == VSCMI_FAULT_EARLY)
		rule->min_us = VSCMI_FAULT_LEAD_US;
	vscmi_read_mapping(reader, node, &shapes[rule->fault].keys, rule);
	if (reader->error)
		return;
	check_amount(reader, node, rule);
	check_lead(reader, node, rule);
	value = vscmi_mapping_value(reader, node, "agent");
	if (value)
		rule->agent_id =
			vscmi_read_reference(reader, value, "an agent", agents) + 1;
	value = vscmi_mapping_value(reader, node, "message");
	if (value)
		read_message(reader, value, rule);
	value = vscmi_mapping_value(reader, node, "on");
	if (value)
		rule->on = read_on(reader, value, rule->on);
}

/*
 * ---- The section ----
 */

static void read_rules(struct vscmi_reader *reader, yaml_node_t *node, void *member)
{
	static const struct vscmi_array_shape shape = {
		.what = "a list of rules",
		.read = vscmi_read_later,
		.item_bytes = sizeof(struct vscmi_fault_rule),
		.max = VSCMI_BOARD_RULES_MAX,
	};

	vscmi_read_list(reader, node, &shape, member);
}

void vscmi_read_faults(struct vscmi_reader *reader, yaml_node_t *node,
		       const struct vscmi_array *agents,
		       struct vscmi_board_faults *faults)
{
	static const struct vscmi_key keys[] = {
		{ "seed", vscmi_read_u32, offsetof(struct vscmi_board_faults, seed),
		  false },
		{ "rules", read_rules, offsetof(struct vscmi_board_faults, rules), true },
	};
	static const struct vscmi_keys shape = VSCMI_KEYS("a faults section", keys);
	struct vscmi_fault_rule *rules;
	yaml_node_t *nodes;

	vscmi_read_mapping(reader, node, &shape, faults);
	if (reader->error)
		return;
	nodes = vscmi_mapping_value(reader, node, "rules");
	rules = faults->rules.items;
	for (uint32_t i = 0; i < faults->rules.count && !reader->error; i++)
		vscmi_read_fault_rule(reader, vscmi_array_node(reader, nodes, i), agents,
				      &rules[i]);
}
