/* SPDX-License-Identifier: BSD-3-Clause */
/* Notifications: what they say, and who wants to hear it. */
#ifndef VSCMI_AGENT_EVENT_H
#define VSCMI_AGENT_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include <vscmi/agent.h>
#include <vscmi/agent/base.h>
#include <vscmi/agent/sensor.h>
#include <vscmi/agent/system.h>

/* Protocol and notification id. */
enum vscmi_event_kind {
	/*
	 * Not to be subscribed to: each subscription hears it when what it had switched on at the
	 * platform was off for a while, above all while the link was down. What happened
	 * meanwhile was missed.
	 */
	VSCMI_EVENT_RENEWED = 0,
	VSCMI_EVENT_BASE_ERROR = 0x1000,
	VSCMI_EVENT_SYSTEM_POWER_STATE = 0x1200,
	VSCMI_EVENT_CLOCK_RATE_CHANGED = 0x1400,
	VSCMI_EVENT_CLOCK_RATE_CHANGE_REQUESTED = 0x1401,
	VSCMI_EVENT_SENSOR_TRIP_POINT = 0x1500,
	VSCMI_EVENT_SENSOR_UPDATE = 0x1501,
};

/* What a callback is shown; gone after the call. */
struct vscmi_event {
	enum vscmi_event_kind kind;
	uint32_t agent_id;    /* who caused it; 0: the platform */
	uint32_t resource_id; /* clock or sensor; 0 where the protocol has none */
	union {
		struct {
			/* How it went to switch it on again. After a failure nothing comes
			 * until the link has been down and up once more. */
			struct vscmi_result result;
		} renewed; /* resource_id is what was subscribed to */
		struct {
			bool fatal; /* the list is then void */
			uint32_t count;
			const struct vscmi_base_error *errors; /* [count] */
		} base_error;
		struct {
			uint32_t state;      /* enum vscmi_system_state, or a vendor's */
			bool graceful;       /* a request; false: it happens now */
			uint32_t timeout_ms; /* of a graceful shutdown; from 2.0 on */
		} system;
		struct {
			uint64_t rate_hz;
		} clock;
		struct {
			uint32_t trip_point_id;
			bool rising;
		} trip_point;
		struct {
			uint32_t count;
			const struct vscmi_sensor_reading *readings; /* [count] */
		} update;
	};
};

#define VSCMI_ANY_RESOURCE UINT32_MAX

/*
 * Let callback be called for each notification of this kind, and have the platform send
 * them. resource_id is the clock or sensor; VSCMI_ANY_RESOURCE means all of them, with one
 * command for each, and passes over those that refuse while at least one does not. It does
 * not matter for base and system events. *ret_subscription stays valid until it is
 * unsubscribed.
 *
 * A platform forgets this when the link goes down. vscmi_agent_renew() tells it again; the
 * callback then gets a VSCMI_EVENT_RENEWED, so it looks at the kind of what it is shown.
 *
 * The callback runs in the context of who feeds the link, perhaps before this function has
 * returned. It may call anything in this library, unless that context must not wait. Waits.
 *
 * VSCMI_E_BUSY: as many subscriptions as the config gave memory for.
 * VSCMI_E_INVALID: no such kind. On a failure nothing is subscribed.
 */
struct vscmi_result vscmi_subscribe(
	struct vscmi_agent *agent, enum vscmi_event_kind kind, uint32_t resource_id,
	void (*callback)(void *context, const struct vscmi_event *event), void *context,
	struct vscmi_subscription **ret_subscription);

/*
 * Have the platform send again what is subscribed, if the link has been down since it was told,
 * and let each subscription hear how that went. What else an agent has set at a platform, such
 * as the configuration of a sensor, is for who set it to set again, in the callback if he likes.
 *
 * To be called once the link is up again, by a thread that may wait; the links of
 * <vscmi/host/connection.h> do so by themselves. It costs next to nothing if there is nothing to do, so
 * a program with one thread may call it in its main loop. Where a command finds every slot or
 * the channel taken it is sent again for as long as a reply may take. Waits.
 *
 * Return: how many subscriptions are on again.
 */
uint32_t vscmi_agent_renew(struct vscmi_agent *agent);

/*
 * No callback any more from the return on, and none still running. The platform is told to
 * stop when nobody else wants what this one wanted; how that went is what is returned, the
 * subscription has ended in any case. Waits for the platform, and for callbacks that run
 * now: not for use inside a callback.
 */
struct vscmi_result vscmi_unsubscribe(struct vscmi_agent *agent,
				      struct vscmi_subscription *subscription);

/*
 * The same inside a callback, for its own subscription or any other. No callback starts
 * any more; those that run now, on other threads, may still be running. Waits for the
 * platform.
 */
struct vscmi_result vscmi_unsubscribe_in_callback(
	struct vscmi_agent *agent, struct vscmi_subscription *subscription);

#endif
