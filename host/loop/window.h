/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How long to go on looking after something came, before going to sleep: about as long as what
 * comes next has lately been coming after, and not at all where it would not come in time.
 * All times are nanoseconds.
 */
#ifndef VSCMI_LOOP_WINDOW_H
#define VSCMI_LOOP_WINDOW_H

#include <vscmi/host/loop.h>

/* Below this a sleep costs no more than it takes to look. */
#define VSCMI_WINDOW_MIN_NS UINT64_C(1000)

/* From now_ns on something may come. */
static inline void vscmi_window_begin(struct vscmi_window *window, uint64_t now_ns)
{
	window->since_ns = now_ns;
}

/*
 * Something came at now_ns to an end that slept. With twice the time that it took it would have
 * been seen, and what comes next too, unless that is more than is allowed.
 */
static inline void vscmi_window_missed(struct vscmi_window *window, uint64_t now_ns)
{
	uint64_t gap_ns = now_ns - window->since_ns, wanted_ns = 2 * gap_ns;

	if (wanted_ns < VSCMI_WINDOW_MIN_NS)
		wanted_ns = VSCMI_WINDOW_MIN_NS;
	if (wanted_ns > window->max_ns)
		wanted_ns = window->max_ns;
	if (gap_ns > window->max_ns)
		window->length_ns = window->length_ns / 2 < VSCMI_WINDOW_MIN_NS
					    ? 0
					    : window->length_ns / 2;
	else if (window->length_ns < wanted_ns)
		window->length_ns = wanted_ns;
	window->since_ns = now_ns;
}

static inline bool vscmi_window_is_open(const struct vscmi_window *window,
					uint64_t now_ns)
{
	return now_ns - window->since_ns < window->length_ns;
}

#endif
