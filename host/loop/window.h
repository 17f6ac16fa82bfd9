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

/* The most messages to sleep for after looking in vain: 1 << this. */
#define VSCMI_WINDOW_VAIN_MAX 6u

/* From now_ns on something may come. */
static inline void vscmi_window_begin(struct vscmi_window *window, uint64_t now_ns)
{
	window->since_ns = now_ns;
}

/* Something was seen, at now_ns or a little before. */
static inline void vscmi_window_seen(struct vscmi_window *window, uint64_t now_ns)
{
	window->since_ns = now_ns;
	window->vain = 0;
}

static inline bool vscmi_window_is_open(const struct vscmi_window *window,
					uint64_t now_ns)
{
	return now_ns - window->since_ns < window->length_ns;
}

/* Nothing was seen. */
static inline void vscmi_window_close(struct vscmi_window *window)
{
	window->closed = true;
}

/*
 * Something came at now_ns to an end that slept. With twice the time that it took it would have
 * been seen, and what comes next too, unless that is more than is allowed.
 *
 * What comes as soon as this end sleeps may have waited for its processor, where there are fewer
 * than there is work for. Then it is better not to look for a while, a longer one each time.
 */
static inline void vscmi_window_missed(struct vscmi_window *window, uint64_t now_ns)
{
	uint64_t gap_ns = now_ns - window->since_ns, wanted_ns = 2 * gap_ns;
	bool looked = window->closed;

	window->since_ns = now_ns;
	window->closed = false;
	if (looked && gap_ns <= 2 * window->max_ns) {
		if (window->vain < VSCMI_WINDOW_VAIN_MAX)
			window->vain++;
		window->pause = 1u << window->vain;
		window->length_ns = 0;
	} else if (window->pause > 0) {
		window->pause--;
	} else if (gap_ns > window->max_ns) {
		window->length_ns /= 2;
		if (window->length_ns < VSCMI_WINDOW_MIN_NS)
			window->length_ns = 0;
	} else {
		if (wanted_ns < VSCMI_WINDOW_MIN_NS)
			wanted_ns = VSCMI_WINDOW_MIN_NS;
		if (wanted_ns > window->max_ns)
			wanted_ns = window->max_ns;
		if (window->length_ns < wanted_ns)
			window->length_ns = wanted_ns;
	}
}

#endif
