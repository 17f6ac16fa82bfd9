/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A pairing heap: M. L. Fredman and others, "The pairing heap: a new form of self-adjusting heap".
 * Every alarm that is set is the first one or in a list of children.
 */
#include "platform/alarm.h"

static bool is_before(const struct vscmi_alarm *a, const struct vscmi_alarm *b)
{
	return a->due_us != b->due_us ? a->due_us < b->due_us : a->order < b->order;
}

/* Make one heap of two that are in no list; the later one becomes a child of the other. */
static struct vscmi_alarm *join(struct vscmi_alarm *a, struct vscmi_alarm *b)
{
	struct vscmi_alarm *parent = is_before(a, b) ? a : b;
	struct vscmi_alarm *child = parent == a ? b : a;

	child->next = parent->child;
	if (child->next)
		child->next->place = &child->next;
	child->place = &parent->child;
	parent->child = child;
	return parent;
}

/* Make one heap of a list of children: two by two first, or many would stay in one long list. */
static struct vscmi_alarm *join_all(struct vscmi_alarm *list)
{
	struct vscmi_alarm *pairs = NULL, *whole = NULL;

	while (list) {
		struct vscmi_alarm *pair = list, *other = list->next;

		list = other ? other->next : NULL;
		if (other)
			pair = join(pair, other);
		pair->next = pairs;
		pairs = pair;
	}
	while (pairs) {
		struct vscmi_alarm *pair = pairs;

		pairs = pair->next;
		whole = whole ? join(whole, pair) : pair;
	}
	return whole;
}

static void put(struct vscmi_alarms *alarms, struct vscmi_alarm *alarm)
{
	if (alarms->first)
		alarm = join(alarms->first, alarm);
	alarm->next = NULL;
	alarm->place = &alarms->first;
	alarms->first = alarm;
}

void vscmi_alarm_set(struct vscmi_alarms *alarms, struct vscmi_alarm *alarm,
		     uint64_t due_us)
{
	vscmi_alarm_clear(alarms, alarm);
	alarm->due_us = due_us;
	alarm->order = alarms->order++;
	alarm->child = NULL;
	put(alarms, alarm);
}

void vscmi_alarm_clear(struct vscmi_alarms *alarms, struct vscmi_alarm *alarm)
{
	struct vscmi_alarm *children;

	if (!alarm->place)
		return;
	*alarm->place = alarm->next;
	if (alarm->next)
		alarm->next->place = alarm->place;
	alarm->place = NULL;
	children = join_all(alarm->child);
	if (children)
		put(alarms, children);
}
