/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls of the Clock management protocol, 0x14. All of them wait; <vscmi/agent.h> says
 * what all of them can return. A clock_id is 0 .. clocks - 1; the platform answers
 * NOT_FOUND to any other.
 */
#ifndef VSCMI_AGENT_CLOCK_H
#define VSCMI_AGENT_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include <vscmi/agent.h>

/* 63 characters and a NUL. */
#define VSCMI_CLOCK_NAME_BYTES 64u

struct vscmi_clock_protocol {
	uint32_t clocks;
	uint32_t max_pending; /* asynchronous rate changes at once; 0: there are none */
};

struct vscmi_clock {
	char name[VSCMI_CLOCK_NAME_BYTES]; /* the long one where there is one */
	bool enabled;
	/* From 2.0 on; false and 0 before. */
	bool notifies_changed;
	bool notifies_change_requested;
	uint32_t enable_delay_us; /* worst case; 0: not known */
	/* From 3.0 on; false before. */
	bool parents;         /* its parent can be asked for and changed */
	bool extended_config; /* duty cycle, phase or a vendor's */
	bool restricted;      /* vscmi_clock_permissions_get() tells to what */
};

/* A rate, or a range of rates in steps. */
struct vscmi_clock_rates {
	uint64_t min_hz;
	uint64_t max_hz;  /* equal to min_hz for a single rate */
	uint64_t step_hz; /* 0 for a single rate */
};

/* What to do with a rate that the clock does not have. */
enum vscmi_clock_rounding {
	VSCMI_CLOCK_ROUND_DOWN,
	VSCMI_CLOCK_ROUND_UP,
	VSCMI_CLOCK_ROUND_NEAREST,
};

/* From 3.0 on. A vendor's are 0x80 and above. */
enum vscmi_clock_extended_type {
	VSCMI_CLOCK_EXTENDED_NONE = 0,
	VSCMI_CLOCK_DUTY_CYCLE = 1, /* percent */
	VSCMI_CLOCK_PHASE = 2,
};

struct vscmi_clock_config {
	bool enabled;
	uint32_t extended_value; /* of the type that was asked for */
};

/* What the caller may change. */
struct vscmi_clock_permissions {
	bool state, parent, rate;
};

/* PROTOCOL_ATTRIBUTES */
struct vscmi_result vscmi_clock_protocol_get(struct vscmi_agent *agent,
					     struct vscmi_clock_protocol *ret_protocol);

/* CLOCK_ATTRIBUTES, and CLOCK_NAME_GET if that says so. */
struct vscmi_result vscmi_clock_get(struct vscmi_agent *agent, uint32_t clock_id,
				    struct vscmi_clock *ret_clock);

/* CLOCK_NAME_GET: the long name alone. From 2.0 on. */
struct vscmi_result vscmi_clock_name_get(struct vscmi_agent *agent, uint32_t clock_id,
					 char ret_name[VSCMI_CLOCK_NAME_BYTES]);

/* CLOCK_DESCRIBE_RATES: the rates it can have. */
void vscmi_clock_rates(struct vscmi_list *list, struct vscmi_agent *agent,
		       uint32_t clock_id);
bool vscmi_clock_rates_next(struct vscmi_list *list, struct vscmi_clock_rates *ret_rates);

/* CLOCK_RATE_GET: of a disabled clock, what it would run at. */
struct vscmi_result vscmi_clock_rate_get(struct vscmi_agent *agent, uint32_t clock_id,
					 uint64_t *ret_rate_hz);

/* CLOCK_RATE_SET: done with the reply. */
struct vscmi_result vscmi_clock_rate_set(struct vscmi_agent *agent, uint32_t clock_id,
					 uint64_t rate_hz,
					 enum vscmi_clock_rounding rounding);

/* CLOCK_RATE_SET: done with the delayed response; *ret_rate_hz is the rate it has then. */
struct vscmi_result vscmi_clock_rate_set_async(struct vscmi_agent *agent,
					       uint32_t clock_id, uint64_t rate_hz,
					       enum vscmi_clock_rounding rounding,
					       uint64_t *ret_rate_hz);

/* CLOCK_CONFIG_SET */
struct vscmi_result vscmi_clock_enable(struct vscmi_agent *agent, uint32_t clock_id);
struct vscmi_result vscmi_clock_disable(struct vscmi_agent *agent, uint32_t clock_id);

/* CLOCK_CONFIG_SET: type is an enum vscmi_clock_extended_type but NONE, or a vendor's. The
 * clock stays enabled or disabled. From 3.0 on. */
struct vscmi_result vscmi_clock_extended_config_set(struct vscmi_agent *agent,
						    uint32_t clock_id, uint8_t type,
						    uint32_t value);

/* CLOCK_CONFIG_GET. From 3.0 on. */
struct vscmi_result vscmi_clock_config_get(struct vscmi_agent *agent, uint32_t clock_id,
					   uint8_t type,
					   struct vscmi_clock_config *ret_config);

/* CLOCK_POSSIBLE_PARENTS_GET: clock ids. From 3.0 on. */
void vscmi_clock_parents(struct vscmi_list *list, struct vscmi_agent *agent,
			 uint32_t clock_id);
bool vscmi_clock_parents_next(struct vscmi_list *list, uint32_t *ret_parent_id);

/* CLOCK_PARENT_SET, CLOCK_PARENT_GET. From 3.0 on. */
struct vscmi_result vscmi_clock_parent_set(struct vscmi_agent *agent, uint32_t clock_id,
					   uint32_t parent_id);
struct vscmi_result vscmi_clock_parent_get(struct vscmi_agent *agent, uint32_t clock_id,
					   uint32_t *ret_parent_id);

/* CLOCK_GET_PERMISSIONS. From 3.0 on. */
struct vscmi_result vscmi_clock_permissions_get(
	struct vscmi_agent *agent, uint32_t clock_id,
	struct vscmi_clock_permissions *ret_permissions);

#endif
