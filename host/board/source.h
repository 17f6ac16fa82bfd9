/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Simulated values that move: each is a function of the time since the board started, so
 * that every run sees the same. A kind of source is one file that fills a struct
 * vscmi_source_kind, and its row here.
 */
#ifndef VSCMI_BOARD_SOURCE_H
#define VSCMI_BOARD_SOURCE_H

#include "board/reader.h"

/* A row for each kind: vscmi_source_NAME, in the file source_NAME.c. */
#define VSCMI_SOURCES(ROW) \
	ROW(constant)      \
	ROW(ramp)          \
	ROW(sine)          \
	ROW(noise)         \
	ROW(playback)

struct vscmi_source_kind {
	const char *name;       /* in the board file: source: { NAME: parameters } */
	size_t parameter_bytes; /* of a struct that is the kind's own */
	/* Read the parameters into that struct, which was zeroed, and refuse wrong ones. */
	vscmi_read_value *read;
	/* The value at a time, in the unit of the sensor. */
	double (*value)(const void *parameters, uint64_t time_us);
};

struct vscmi_source {
	const struct vscmi_source_kind *kind;
	const void *parameters; /* from the reader's pool */
};

/*
 * A member of type struct vscmi_source: { NAME: parameters }. A number alone is short for
 * { constant: NUMBER }.
 */
vscmi_read_value vscmi_read_source;

static inline double vscmi_source_value(const struct vscmi_source *source,
					uint64_t time_us)
{
	return source->kind->value(source->parameters, time_us);
}

#endif
