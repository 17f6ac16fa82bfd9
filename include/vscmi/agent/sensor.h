/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls of the Sensor management protocol, 0x15. All of them wait; <vscmi/agent.h> says
 * what all of them can return. A sensor_id is 0 .. sensors - 1; the platform answers
 * NOT_FOUND to any other.
 *
 * Numbers of a sensor or axis are value * 10^exponent of the unit that its type says (DMTF
 * DSP0249). A timestamp counts 10^timestamp_exponent seconds.
 */
#ifndef VSCMI_AGENT_SENSOR_H
#define VSCMI_AGENT_SENSOR_H

#include <stdbool.h>
#include <stdint.h>

#include <vscmi/agent.h>
#include <vscmi/sensor.h>

/* 63 characters and a NUL. */
#define VSCMI_SENSOR_NAME_BYTES 64u

/* One for each axis. */
#define VSCMI_SENSOR_READINGS_MAX 63u

struct vscmi_sensor_protocol {
	uint32_t sensors;
	uint32_t max_pending; /* asynchronous readings at once; 0: there are none */
	uint64_t registers_address;
	uint32_t registers_bytes; /* of the shared memory with readings; 0: none */
};

struct vscmi_sensor {
	uint32_t sensor_id;
	char name[VSCMI_SENSOR_NAME_BYTES]; /* the long one where there is one */
	uint8_t type;                       /* of a scalar sensor */
	int8_t exponent;                    /* of a scalar sensor */
	bool async;                         /* has asynchronous readings */
	uint8_t trip_points;
	struct vscmi_sensor_interval update_interval; /* in 1.0 only; 0 s: not known */
	/* From 2.0 on; 0 before. */
	bool continuous_update;
	bool timestamps;
	int8_t timestamp_exponent;
	uint8_t axes;  /* 0: a scalar sensor */
	bool extended; /* power_uw and, of a scalar sensor, range are known */
	uint32_t power_uw;
	struct vscmi_sensor_range range;
};

struct vscmi_sensor_axis {
	uint32_t axis_id;
	char name[VSCMI_SENSOR_NAME_BYTES]; /* the short one */
	bool extended_name; /* vscmi_sensor_axis_names() has a longer one */
	uint8_t type;
	int8_t exponent;
	bool extended; /* range is known */
	struct vscmi_sensor_range range;
};

struct vscmi_sensor_axis_name {
	uint32_t axis_id;
	char name[VSCMI_SENSOR_NAME_BYTES];
};

/* An update interval, or a range of intervals in steps. */
struct vscmi_sensor_intervals {
	struct vscmi_sensor_interval min;
	struct vscmi_sensor_interval max;  /* equal to min for a single interval */
	struct vscmi_sensor_interval step; /* 0 s for a single interval */
};

enum vscmi_sensor_rounding {
	VSCMI_SENSOR_ROUND_DOWN,
	VSCMI_SENSOR_ROUND_UP,
	VSCMI_SENSOR_ROUND_NEAREST,
};

struct vscmi_sensor_config {
	bool enabled;
	bool timestamps;
	struct vscmi_sensor_interval update_interval; /* 0 s: none; to set: unchanged */
};

enum vscmi_sensor_edge {
	VSCMI_SENSOR_EDGE_OFF = 0,
	VSCMI_SENSOR_EDGE_RISING = 1,
	VSCMI_SENSOR_EDGE_FALLING = 2,
	VSCMI_SENSOR_EDGE_BOTH = 3,
};

/* PROTOCOL_ATTRIBUTES */
struct vscmi_result vscmi_sensor_protocol_get(struct vscmi_agent *agent,
					      struct vscmi_sensor_protocol *ret_protocol);

/* SENSOR_DESCRIPTION_GET, and SENSOR_NAME_GET for those that have a long name. */
void vscmi_sensors(struct vscmi_list *list, struct vscmi_agent *agent);
bool vscmi_sensors_next(struct vscmi_list *list, struct vscmi_sensor *ret_sensor);

/* SENSOR_NAME_GET: the long name alone. From 3.0 on. */
struct vscmi_result vscmi_sensor_name_get(struct vscmi_agent *agent, uint32_t sensor_id,
					  char ret_name[VSCMI_SENSOR_NAME_BYTES]);

/* SENSOR_AXIS_DESCRIPTION_GET. From 2.0 on. */
void vscmi_sensor_axes(struct vscmi_list *list, struct vscmi_agent *agent,
		       uint32_t sensor_id);
bool vscmi_sensor_axes_next(struct vscmi_list *list, struct vscmi_sensor_axis *ret_axis);

/* SENSOR_AXIS_NAME_GET: those that have a long one. From 3.0 on. */
void vscmi_sensor_axis_names(struct vscmi_list *list, struct vscmi_agent *agent,
			     uint32_t sensor_id);
bool vscmi_sensor_axis_names_next(struct vscmi_list *list,
				  struct vscmi_sensor_axis_name *ret_name);

/* SENSOR_LIST_UPDATE_INTERVALS. From 2.0 on. */
void vscmi_sensor_intervals(struct vscmi_list *list, struct vscmi_agent *agent,
			    uint32_t sensor_id);
bool vscmi_sensor_intervals_next(struct vscmi_list *list,
				 struct vscmi_sensor_intervals *ret_intervals);

/*
 * SENSOR_READING_GET: one reading, or one for each axis. readings has room for capacity of
 * them, at most VSCMI_SENSOR_READINGS_MAX are ever there; *ret_count is how many came.
 * VSCMI_E_TOO_BIG: capacity is too small.
 */
struct vscmi_result vscmi_sensor_reading_get(struct vscmi_agent *agent,
					     uint32_t sensor_id,
					     struct vscmi_sensor_reading *readings,
					     uint32_t capacity, uint32_t *ret_count);

/* The same, from the delayed response. */
struct vscmi_result vscmi_sensor_reading_get_async(struct vscmi_agent *agent,
						   uint32_t sensor_id,
						   struct vscmi_sensor_reading *readings,
						   uint32_t capacity,
						   uint32_t *ret_count);

/* SENSOR_TRIP_POINT_CONFIG: trip_point_id 0 .. trip_points - 1. The events come by
 * VSCMI_EVENT_SENSOR_TRIP_POINT. */
struct vscmi_result vscmi_sensor_trip_point_set(struct vscmi_agent *agent,
						uint32_t sensor_id, uint8_t trip_point_id,
						enum vscmi_sensor_edge edge,
						int64_t value);

/* SENSOR_CONFIG_GET. From 2.0 on. */
struct vscmi_result vscmi_sensor_config_get(struct vscmi_agent *agent, uint32_t sensor_id,
					    struct vscmi_sensor_config *ret_config);

/* SENSOR_CONFIG_SET. From 2.0 on. */
struct vscmi_result vscmi_sensor_config_set(struct vscmi_agent *agent, uint32_t sensor_id,
					    const struct vscmi_sensor_config *config,
					    enum vscmi_sensor_rounding rounding);

#endif
