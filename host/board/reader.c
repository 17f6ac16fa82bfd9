/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vscmi/host/quantity.h>

#include "board/reader.h"

#define YEAR_US UINT64_C(31536000000000)

static void fail_for_memory(struct vscmi_reader *reader)
{
	reader->error = vscmi_problem_set(reader->problem, VSCMI_E_NO_MEMORY,
					  "%s: not enough memory", reader->file_name);
}

static yaml_node_t *node_at(struct vscmi_reader *reader, int index)
{
	return yaml_document_get_node(&reader->document, index);
}

/* The key of the document in whose value a place is; "" if it is in none. */
static const char *key_around(struct vscmi_reader *reader, const yaml_mark_t *mark)
{
	const yaml_node_t *root = vscmi_reader_root(reader);

	if (!root || root->type != YAML_MAPPING_NODE)
		return "";
	for (const yaml_node_pair_t *pair = root->data.mapping.pairs.start;
	     pair < root->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = node_at(reader, pair->key);
		const yaml_node_t *value = node_at(reader, pair->value);

		if (key->type == YAML_SCALAR_NODE &&
		    mark->index >= value->start_mark.index &&
		    mark->index < value->end_mark.index)
			return (const char *)key->data.scalar.value;
	}
	return "";
}

static void refuse_at(struct vscmi_reader *reader, const yaml_mark_t *mark,
		      const char *text)
{
	const char *key;

	if (reader->error)
		return;
	if (reader->tell_keys) {
		key = key_around(reader, mark);
		reader->error = vscmi_problem_set(reader->problem, VSCMI_E_INVALID,
						  "%s%s%s", key, *key ? ": " : "", text);
	} else {
		reader->error = vscmi_problem_set(reader->problem, VSCMI_E_INVALID,
						  "%s:%zu:%zu: %s", reader->file_name,
						  mark->line + 1, mark->column + 1, text);
	}
}

void vscmi_reader_refuse(struct vscmi_reader *reader, const yaml_node_t *node,
			 const char *format, ...)
{
	struct vscmi_problem what;
	va_list args;

	va_start(args, format);
	vsnprintf(what.text, sizeof(what.text), format, args);
	va_end(args);
	for (char *c = what.text; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	}
	refuse_at(reader, &node->start_mark, what.text);
}

void vscmi_reader_refuse_line(struct vscmi_reader *reader, const char *file_name,
			      unsigned line, const char *text)
{
	if (!reader->error)
		reader->error = vscmi_problem_set(reader->problem, VSCMI_E_INVALID,
						  "%s:%u:1: %s", file_name, line, text);
}

void *vscmi_reader_take(struct vscmi_reader *reader, size_t count, size_t item_bytes)
{
	void *memory = vscmi_pool_take(reader->pool, count, item_bytes);

	if (!memory && !reader->error)
		fail_for_memory(reader);
	return memory;
}

/* The parser's next document; without a root when there is none. */
static bool load(struct vscmi_reader *reader, yaml_parser_t *parser,
		 yaml_document_t *document)
{
	if (yaml_parser_load(parser, document))
		return true;
	if (parser->error == YAML_MEMORY_ERROR)
		fail_for_memory(reader);
	else if (parser->error == YAML_READER_ERROR)
		reader->error = vscmi_problem_set(
			reader->problem, VSCMI_E_INVALID, "%s: byte %zu: %s",
			reader->file_name, parser->problem_offset, parser->problem);
	else
		refuse_at(reader, &parser->problem_mark, parser->problem);
	return false;
}

enum vscmi_error vscmi_reader_open(struct vscmi_reader *reader, const char *text,
				   size_t length)
{
	yaml_parser_t parser;
	yaml_document_t second;
	char empty[40];

	if (!yaml_parser_initialize(&parser)) {
		fail_for_memory(reader);
		return reader->error;
	}
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
	if (load(reader, &parser, &reader->document)) {
		if (!vscmi_reader_root(reader)) {
			snprintf(empty, sizeof(empty), "empty, expected %s",
				 reader->what);
			refuse_at(reader, &parser.mark, empty);
		} else if (load(reader, &parser, &second)) {
			yaml_node_t *root = yaml_document_get_root_node(&second);

			if (root)
				vscmi_reader_refuse(reader, root,
						    "a second document, expected %s",
						    reader->what);
			yaml_document_delete(&second);
		}
		if (reader->error)
			yaml_document_delete(&reader->document);
	}
	yaml_parser_delete(&parser);
	return reader->error;
}

void vscmi_reader_close(struct vscmi_reader *reader)
{
	yaml_document_delete(&reader->document);
}

yaml_node_t *vscmi_reader_root(struct vscmi_reader *reader)
{
	return yaml_document_get_root_node(&reader->document);
}

yaml_node_t *vscmi_mapping_value(struct vscmi_reader *reader, const yaml_node_t *mapping,
				 const char *key)
{
	for (yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;
	     pair < mapping->data.mapping.pairs.top; pair++) {
		const yaml_node_t *name = node_at(reader, pair->key);

		if (name->type == YAML_SCALAR_NODE &&
		    !strcmp((const char *)name->data.scalar.value, key))
			return node_at(reader, pair->value);
	}
	return NULL;
}

yaml_node_t *vscmi_single_key(struct vscmi_reader *reader, const yaml_node_t *node,
			      yaml_node_t **ret_value)
{
	yaml_node_pair_t *pair;
	yaml_node_t *key;

	if (node->type != YAML_MAPPING_NODE)
		return NULL;
	pair = node->data.mapping.pairs.start;
	if (node->data.mapping.pairs.top - pair != 1)
		return NULL;
	key = node_at(reader, pair->key);
	if (key->type != YAML_SCALAR_NODE)
		return NULL;
	*ret_value = node_at(reader, pair->value);
	return key;
}

const char *vscmi_scalar(struct vscmi_reader *reader, const yaml_node_t *node,
			 const char *expected)
{
	const char *text;

	if (node->type != YAML_SCALAR_NODE) {
		vscmi_reader_refuse(reader, node, "expected %s, not a %s", expected,
				    node->type == YAML_SEQUENCE_NODE ? "list"
								     : "mapping");
		return NULL;
	}
	text = (const char *)node->data.scalar.value;
	if (strlen(text) != node->data.scalar.length) {
		vscmi_reader_refuse(reader, node, "a NUL character, expected %s",
				    expected);
		return NULL;
	}
	return text;
}

void vscmi_refuse_scalar(struct vscmi_reader *reader, const yaml_node_t *node,
			 const char *expected)
{
	vscmi_reader_refuse(reader, node, "'%.60s', expected %s",
			    (const char *)node->data.scalar.value, expected);
}

static void refuse_key(struct vscmi_reader *reader, const yaml_node_t *node,
		       const struct vscmi_keys *keys)
{
	char names[200];
	size_t length = 0;

	for (size_t i = 0; i < keys->count && length < sizeof(names); i++)
		length += (size_t)snprintf(names + length, sizeof(names) - length, "%s%s",
					   i ? ", " : "", keys->keys[i].name);
	vscmi_reader_refuse(reader, node, "%s has no key '%.40s', expected one of: %s",
			    keys->what, (const char *)node->data.scalar.value, names);
}

/* The key's index, or keys->count after a refusal. */
static size_t find_key(struct vscmi_reader *reader, const yaml_node_t *node,
		       const struct vscmi_keys *keys)
{
	const char *name = vscmi_scalar(reader, node, "a key");
	size_t i;

	if (!name)
		return keys->count;
	for (i = 0; i < keys->count; i++) {
		if (!strcmp(name, keys->keys[i].name))
			return i;
	}
	refuse_key(reader, node, keys);
	return i;
}

void vscmi_read_mapping(struct vscmi_reader *reader, yaml_node_t *node,
			const struct vscmi_keys *keys, void *object)
{
	uint64_t seen = 0;

	if (reader->error)
		return;
	if (node->type != YAML_MAPPING_NODE) {
		vscmi_reader_refuse(reader, node,
				    "expected %s, a mapping with keys such as '%s:'",
				    keys->what, keys->keys[0].name);
		return;
	}
	for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top && !reader->error; pair++) {
		yaml_node_t *name = node_at(reader, pair->key);
		size_t i = find_key(reader, name, keys);

		if (reader->error)
			return;
		if (seen >> i & 1)
			vscmi_reader_refuse(reader, name, "the key '%s' is there twice",
					    keys->keys[i].name);
		else
			keys->keys[i].read(reader, node_at(reader, pair->value),
					   (char *)object + keys->keys[i].offset);
		seen |= UINT64_C(1) << i;
	}
	for (size_t i = 0; i < keys->count; i++) {
		if (keys->keys[i].required && !(seen >> i & 1))
			vscmi_reader_refuse(reader, node, "%s needs the key '%s'",
					    keys->what, keys->keys[i].name);
	}
}

static void read_text(struct vscmi_reader *reader, yaml_node_t *value, void *member,
		      size_t longest)
{
	const char *text = vscmi_scalar(reader, value, "a text");
	char *copy;

	if (!text)
		return;
	if (!*text || strlen(text) > longest) {
		vscmi_reader_refuse(reader, value,
				    "'%.80s', expected 1 to %zu characters", text,
				    longest);
		return;
	}
	for (const char *c = text; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f) {
			vscmi_reader_refuse(reader, value,
					    "a control character in a text");
			return;
		}
	}
	copy = vscmi_reader_take(reader, strlen(text) + 1, 1);
	if (copy)
		*(const char **)member = strcpy(copy, text);
}

void vscmi_read_short_name(struct vscmi_reader *reader, yaml_node_t *value, void *member)
{
	read_text(reader, value, member, 15);
}

void vscmi_read_long_name(struct vscmi_reader *reader, yaml_node_t *value, void *member)
{
	read_text(reader, value, member, 63);
}

void vscmi_read_path(struct vscmi_reader *reader, yaml_node_t *value, void *member)
{
	read_text(reader, value, member, 4095);
}

void vscmi_read_bool(struct vscmi_reader *reader, yaml_node_t *value, void *member)
{
	const char *text = vscmi_scalar(reader, value, "true or false");

	if (!text)
		return;
	if (!strcmp(text, "true") || !strcmp(text, "false"))
		*(bool *)member = *text == 't';
	else
		vscmi_refuse_scalar(reader, value, "true or false");
}

bool vscmi_u32_parse(const char *text, uint32_t *ret_number)
{
	unsigned long long number;
	char *end;

	number = strtoull(text, &end, strncmp(text, "0x", 2) ? 10 : 16);
	if (*text < '0' || *text > '9' || *end || number > UINT32_MAX)
		return false;
	*ret_number = (uint32_t)number;
	return true;
}

void vscmi_read_u32(struct vscmi_reader *reader, yaml_node_t *value, void *member)
{
	static const char expected[] = "a whole number from 0 to 0xffffffff";
	const char *text = vscmi_scalar(reader, value, expected);

	if (text && !vscmi_u32_parse(text, member))
		vscmi_refuse_scalar(reader, value, expected);
}

void vscmi_read_rate(struct vscmi_reader *reader, yaml_node_t *value, void *member)
{
	static const char expected[] = "a rate such as 48MHz";
	const char *text = vscmi_scalar(reader, value, expected);

	if (text && !vscmi_rate_parse(text, member))
		vscmi_refuse_scalar(reader, value, expected);
}

/* The limit keeps sums with any time far from an overflow. */
void vscmi_read_duration(struct vscmi_reader *reader, yaml_node_t *value, void *member)
{
	static const char expected[] = "a duration such as 200ms, at most a year";
	const char *text = vscmi_scalar(reader, value, expected);
	uint64_t duration_us;

	if (!text)
		return;
	if (vscmi_duration_parse(text, &duration_us) && duration_us <= YEAR_US)
		*(uint64_t *)member = duration_us;
	else
		vscmi_refuse_scalar(reader, value, expected);
}

void vscmi_read_period(struct vscmi_reader *reader, yaml_node_t *value, void *member)
{
	vscmi_read_duration(reader, value, member);
	if (!reader->error && *(uint64_t *)member == 0)
		vscmi_refuse_scalar(reader, value, "more than nothing");
}

void vscmi_read_decimal(struct vscmi_reader *reader, yaml_node_t *value, void *member)
{
	static const char expected[] = "a number such as 25.5";
	const char *text = vscmi_scalar(reader, value, expected);

	if (text && !vscmi_decimal_parse(text, member))
		vscmi_refuse_scalar(reader, value, expected);
}

void vscmi_read_number(struct vscmi_reader *reader, yaml_node_t *value, void *member)
{
	struct vscmi_decimal decimal = { 0 };

	vscmi_read_decimal(reader, value, &decimal);
	*(double *)member = vscmi_decimal_value(decimal);
}

void vscmi_read_later(struct vscmi_reader *reader, yaml_node_t *value, void *member)
{
	(void)reader;
	(void)value;
	(void)member;
}
