/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * YAML into C structs by tables of keys. What is wrong is told with file, line and column;
 * the first problem stays, and every function does nothing after it, so that who reads
 * tests once, at the end.
 */
#ifndef VSCMI_BOARD_READER_H
#define VSCMI_BOARD_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <yaml.h>

#include <vscmi/host/problem.h>

#include "board/pool.h"

struct vscmi_reader {
	yaml_document_t document;
	const char *what;      /* the document is: "a board" */
	const char *file_name; /* or what else problems call it */
	bool tell_keys; /* the text is no file: name keys of the document, not lines */
	struct vscmi_pool *pool; /* takes all that is read */
	struct vscmi_problem *problem;
	enum vscmi_error error; /* the first problem, or VSCMI_OK */
};

/* Reads a value into the member that its key names. */
typedef void vscmi_read_value(struct vscmi_reader *reader, yaml_node_t *value,
			      void *member);

/* A key of a mapping. What is not required and not there leaves its member alone. */
struct vscmi_key {
	const char *name;
	vscmi_read_value *read;
	size_t offset; /* of the member */
	bool required;
};

struct vscmi_keys {
	const char *what; /* "a clock" */
	const struct vscmi_key *keys;
	size_t count;
};

#define VSCMI_KEYS(what, keys)                                   \
	{                                                        \
		(what), (keys), sizeof(keys) / sizeof((keys)[0]) \
	}

/*
 * Parse the text of one document. VSCMI_E_INVALID: it is not YAML, empty, or more than
 * one. After VSCMI_OK the caller ends with vscmi_reader_close().
 */
enum vscmi_error vscmi_reader_open(struct vscmi_reader *reader, const char *text,
				   size_t length);
void vscmi_reader_close(struct vscmi_reader *reader);

yaml_node_t *vscmi_reader_root(struct vscmi_reader *reader);

/* The problem at a node: what is wrong, and what was expected instead. */
void vscmi_reader_refuse(struct vscmi_reader *reader, const yaml_node_t *node,
			 const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same for a line, from 1 on, of a file that the document names. */
void vscmi_reader_refuse_line(struct vscmi_reader *reader, const char *file_name,
			      unsigned line, const char *text);

/* vscmi_pool_take(); no memory is a problem of the reader. */
void *vscmi_reader_take(struct vscmi_reader *reader, size_t count, size_t item_bytes);

/* A mapping with these keys, each once, into the members of object. */
void vscmi_read_mapping(struct vscmi_reader *reader, yaml_node_t *node,
			const struct vscmi_keys *keys, void *object);

/* The value of a key in a mapping; NULL if it is not there. */
yaml_node_t *vscmi_mapping_value(struct vscmi_reader *reader, const yaml_node_t *mapping,
				 const char *key);

/* The key of a mapping with one scalar key, and its value; NULL if node is none. */
yaml_node_t *vscmi_single_key(struct vscmi_reader *reader, const yaml_node_t *node,
			      yaml_node_t **ret_value);

/* The text of a scalar; NULL, and a problem that says what was expected, if it is none. */
const char *vscmi_scalar(struct vscmi_reader *reader, const yaml_node_t *node,
			 const char *expected);

/* A number as vscmi_read_u32 reads it; false: text is none. */
bool vscmi_u32_parse(const char *text, uint32_t *ret_number);

/* The problem at a scalar that reads as something else. */
void vscmi_refuse_scalar(struct vscmi_reader *reader, const yaml_node_t *node,
			 const char *expected);

/* Values. The member's type comes after the name. */
vscmi_read_value vscmi_read_short_name; /* const char *, 1..15 characters */
vscmi_read_value vscmi_read_long_name;  /* const char *, 1..63 characters */
vscmi_read_value vscmi_read_path;       /* const char * */
vscmi_read_value vscmi_read_bool;       /* bool */
vscmi_read_value vscmi_read_u32;        /* uint32_t, decimal or 0x */
vscmi_read_value vscmi_read_rate;       /* uint64_t, hertz */
vscmi_read_value vscmi_read_duration;   /* uint64_t, microseconds */
vscmi_read_value vscmi_read_period;     /* uint64_t, microseconds, not 0 */
vscmi_read_value vscmi_read_decimal;    /* struct vscmi_decimal */
vscmi_read_value vscmi_read_number;     /* double */
vscmi_read_value vscmi_read_later;      /* nothing: who needs the node finds it again */

#endif
