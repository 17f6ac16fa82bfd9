/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Moments at which the platform has something to do. Each alarm lies in the struct of who needs it.
 * However many are set, to look for one that is due costs the same; to take it costs, on the whole,
 * the logarithm of how many there are.
 */
#ifndef VSCMI_PLATFORM_ALARM_H
#define VSCMI_PLATFORM_ALARM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vscmi_platform;

/* Zeroed, it is off. Only ring is its owner's to write. */
struct vscmi_alarm {
	void (*ring)(struct vscmi_platform *platform, struct vscmi_alarm *alarm);
	uint64_t due_us;
	uint64_t order;             /* of equals, who was set first rings first */
	struct vscmi_alarm *child;  /* none of which is due before this one */
	struct vscmi_alarm *next;   /* of the same parent */
	struct vscmi_alarm **place; /* what points here; NULL: it is off */
};

struct vscmi_alarms {
	struct vscmi_alarm *first; /* NULL: none is set */
	uint64_t order;
};

static inline bool vscmi_alarm_is_set(const struct vscmi_alarm *alarm)
{
	return alarm->place != NULL;
}

/* Whenever it was set for before. */
void vscmi_alarm_set(struct vscmi_alarms *alarms, struct vscmi_alarm *alarm,
		     uint64_t due_us);

/* Harmless if it is off. */
void vscmi_alarm_clear(struct vscmi_alarms *alarms, struct vscmi_alarm *alarm);

/* Take the first that is due, which is off then; NULL: none is. */
static inline struct vscmi_alarm *vscmi_alarm_take(struct vscmi_alarms *alarms,
						   uint64_t now_us)
{
	struct vscmi_alarm *first = alarms->first;

	if (!first || first->due_us > now_us)
		return NULL;
	vscmi_alarm_clear(alarms, first);
	return first;
}

/* When the next one is due; UINT64_MAX: none is set. */
static inline uint64_t vscmi_alarms_next_us(const struct vscmi_alarms *alarms)
{
	return alarms->first ? alarms->first->due_us : UINT64_MAX;
}

#endif
