/* SPDX-License-Identifier: BSD-3-Clause */
/* What the platform knows of its sensors: configuration, trip points, who wants what. */
#ifndef VSCMI_PROTOCOLS_SENSOR_STATE_H
#define VSCMI_PROTOCOLS_SENSOR_STATE_H

#include "platform/handler.h"

/* The edges of SENSOR_TRIP_POINT_CONFIG. */
#define VSCMI_SENSOR_RISING  1u
#define VSCMI_SENSOR_FALLING 2u

struct vscmi_sensor_trip_point {
	uint32_t edges; /* 0: off */
	int64_t value;
	uint32_t setter; /* agent */
	bool is_known;   /* on which side of value the sensor was last */
	bool was_above;  /* it was there or above */
};

/* A sensor as one agent sees it. */
struct vscmi_sensor_entry {
	uint16_t sensor; /* index */
	bool may_configure;
	bool wants_trip_points, wants_updates;
};

/* The sensor ids of an agent, without holes. */
struct vscmi_sensor_ids {
	struct vscmi_sensor_entry *entries; /* [count], room for every sensor */
	uint16_t *id_of; /* by sensor; right if the entry of this id is the sensor's */
	uint16_t count;
};

struct vscmi_sensor_settings {
	bool enabled, timestamps;
	struct vscmi_sensor_interval interval;
};

struct vscmi_sensor {
	const struct vscmi_platform_sensor *description;
	struct vscmi_sensor_settings settings;
	uint32_t
		setter; /* the agent that set them last; 0: none, they are as at the start */
	struct vscmi_sensor_trip_point *trip_points; /* [trip_point_count] */
	uint8_t update_subscribers;                  /* entries that want updates */
	struct vscmi_alarm next_sample;              /* off: nobody wants any */
	bool is_for_update; /* the sample under way came in its time, and is what is sent */
	struct vscmi_op sample;
};

struct vscmi_sensors {
	struct vscmi_sensor *sensors; /* [sensor_count] */
	struct vscmi_sensor_ids *ids; /* [agent_count] */
};

static inline struct vscmi_sensors *vscmi_sensors_of(
	const struct vscmi_platform *platform)
{
	return vscmi_serve_state(platform, VSCMI_PLACE_SENSOR);
}

/* Microseconds of an interval, at most UINT64_MAX. */
uint64_t vscmi_sensor_interval_us(struct vscmi_sensor_interval interval);

/* The interval that the sensor offers and that is asked for, up to rounding. False: none. */
bool vscmi_sensor_round(const struct vscmi_platform_sensor *sensor,
			struct vscmi_sensor_interval wanted, bool up, bool nearest,
			struct vscmi_sensor_interval *ret_interval);

/* Change the settings, if the resource agrees; an SCMI status. */
int32_t vscmi_sensor_set(struct vscmi_platform *platform, uint16_t index,
			 struct vscmi_sensor_settings settings);

/* sampling.c: whoever wants samples changed. */
void vscmi_sensor_schedule(struct vscmi_platform *platform, uint16_t index);

/* How often changed. */
void vscmi_sensor_reschedule(struct vscmi_platform *platform, uint16_t index);

/* The owner of the entry wants updates, or does not. */
void vscmi_sensor_subscribe(struct vscmi_platform *platform,
			    struct vscmi_sensor_entry *entry, bool wants_updates);

/* Measure now for the trip points. */
void vscmi_sensor_sample(struct vscmi_platform *platform, uint16_t index);

/* A measurement has ended, a sample or one of a sensor with trip points. */
void vscmi_sensor_measured(struct vscmi_op *op);

/* The values of a reading: the same in replies, delayed responses and updates. */
void vscmi_sensor_put_readings(const struct vscmi_op *op, uint32_t version,
			       struct vscmi_out *out);

/* For struct vscmi_server. */
bool vscmi_sensors_are_valid(const struct vscmi_platform_config *config);
void *vscmi_sensors_lay_out(const struct vscmi_platform_config *config,
			    struct vscmi_arena *arena);
void vscmi_sensors_start(struct vscmi_platform *platform);
void vscmi_sensor_agent_arrives(struct vscmi_platform *platform, uint32_t agent_id);
void vscmi_sensor_agent_releases(struct vscmi_platform *platform, uint32_t agent_id);

#endif
