/* SPDX-License-Identifier: BSD-3-Clause */
/* Sensors that are measured without being asked: trip points and continuous updates. */
#include "protocols/sensor/messages.h"
#include "protocols/sensor/state.h"

static uint16_t index_of(const struct vscmi_platform *platform,
			 const struct vscmi_sensor *sensor)
{
	return (uint16_t)(sensor - vscmi_sensors_of(platform)->sensors);
}

/* How an agent sees a sensor; NULL if it does not. */
static const struct vscmi_sensor_entry *entry_of(const struct vscmi_platform *platform,
						 uint32_t agent_id, uint16_t index,
						 uint32_t *ret_sensor_id)
{
	struct vscmi_sensors *state = vscmi_sensors_of(platform);
	const struct vscmi_sensor_ids *ids = &state->ids[agent_id - 1];
	uint16_t id;

	if (!vscmi_serve_is_allowed(platform, agent_id,
				    state->sensors[index].description->device_id,
				    &vscmi_sensor_server))
		return NULL;
	id = ids->id_of[index];
	if (id >= ids->count || ids->entries[id].sensor != index)
		return NULL;
	*ret_sensor_id = id;
	return &ids->entries[id];
}

static bool has_trip_points(const struct vscmi_sensor *sensor)
{
	for (size_t i = 0; i < sensor->description->trip_point_count; i++) {
		if (sensor->trip_points[i].edges)
			return true;
	}
	return false;
}

static bool is_wanted(const struct vscmi_sensor *sensor)
{
	return sensor->settings.enabled &&
	       (sensor->update_subscribers > 0 || has_trip_points(sensor));
}

/* Not if all who want them are denied the device: they may be allowed it again. */
static bool sends_updates(const struct vscmi_platform *platform, uint16_t index)
{
	uint32_t sensor_id;

	for (uint32_t id = 1; id <= vscmi_serve_config(platform)->agent_count; id++) {
		const struct vscmi_sensor_entry *entry =
			entry_of(platform, id, index, &sensor_id);

		if (entry && entry->wants_updates)
			return true;
	}
	return false;
}

static uint64_t next_due_us(const struct vscmi_sensor *sensor, uint64_t from_us)
{
	uint64_t interval_us = vscmi_sensor_interval_us(sensor->settings.interval);

	return interval_us < UINT64_MAX - from_us ? from_us + interval_us : UINT64_MAX;
}

/* What was missed is not made up for. */
static void next_sample_is_due(struct vscmi_platform *platform, struct vscmi_alarm *alarm)
{
	struct vscmi_sensor *sensor =
		(void *)((uint8_t *)alarm - offsetof(struct vscmi_sensor, next_sample));
	uint16_t index = index_of(platform, sensor);
	uint64_t now_us = vscmi_serve_now_us(platform);
	uint64_t due_us = next_due_us(sensor, alarm->due_us);

	if (due_us <= now_us)
		due_us = next_due_us(sensor, now_us);
	vscmi_serve_alarm(platform, alarm, due_us);
	if (!has_trip_points(sensor) && !sends_updates(platform, index))
		return;
	sensor->is_for_update = true;
	vscmi_sensor_sample(platform, index);
}

void vscmi_sensor_schedule(struct vscmi_platform *platform, uint16_t index)
{
	struct vscmi_sensor *sensor = &vscmi_sensors_of(platform)->sensors[index];
	uint64_t due_us = UINT64_MAX;

	if (is_wanted(sensor)) {
		if (vscmi_alarm_is_set(&sensor->next_sample))
			return;
		due_us = next_due_us(sensor, vscmi_serve_now_us(platform));
	}
	sensor->next_sample.ring = next_sample_is_due;
	vscmi_serve_alarm(platform, &sensor->next_sample, due_us);
}

void vscmi_sensor_reschedule(struct vscmi_platform *platform, uint16_t index)
{
	struct vscmi_sensor *sensor = &vscmi_sensors_of(platform)->sensors[index];

	vscmi_serve_alarm(platform, &sensor->next_sample, UINT64_MAX);
	vscmi_sensor_schedule(platform, index);
}

void vscmi_sensor_subscribe(struct vscmi_platform *platform,
			    struct vscmi_sensor_entry *entry, bool wants_updates)
{
	struct vscmi_sensor *sensor = &vscmi_sensors_of(platform)->sensors[entry->sensor];

	if (entry->wants_updates == wants_updates)
		return;
	entry->wants_updates = wants_updates;
	if (wants_updates)
		sensor->update_subscribers++;
	else
		sensor->update_subscribers--;
	vscmi_sensor_schedule(platform, entry->sensor);
}

static void tell_trip_point(struct vscmi_platform *platform, uint16_t index,
			    uint8_t trip_point, bool rising)
{
	for (uint32_t id = 1; id <= vscmi_serve_config(platform)->agent_count; id++) {
		struct vscmi_sensor_trip_point_event_payload payload = {
			.rising = rising,
			.trip_point_id = trip_point,
		};
		const struct vscmi_sensor_entry *entry =
			entry_of(platform, id, index, &payload.sensor_id);
		struct vscmi_out *out = NULL;

		if (entry && entry->wants_trip_points)
			out = vscmi_serve_notify(platform, id, &vscmi_sensor_server,
						 VSCMI_SENSOR_TRIP_POINT_EVENT,
						 (uint32_t)trip_point << 16 | index);
		if (out)
			vscmi_sensor_trip_point_event_payload_put(
				out,
				vscmi_serve_version(platform, id, &vscmi_sensor_server),
				&payload);
	}
}

static void compare_trip_points(struct vscmi_platform *platform, uint16_t index,
				int64_t value)
{
	struct vscmi_sensor *sensor = &vscmi_sensors_of(platform)->sensors[index];

	for (uint8_t i = 0; i < sensor->description->trip_point_count; i++) {
		struct vscmi_sensor_trip_point *point = &sensor->trip_points[i];
		bool is_above = value >= point->value;
		uint32_t edge = is_above ? VSCMI_SENSOR_RISING : VSCMI_SENSOR_FALLING;

		if (point->is_known && is_above != point->was_above &&
		    point->edges & edge)
			tell_trip_point(platform, index, i, is_above);
		point->is_known = true;
		point->was_above = is_above;
	}
}

/* Before 2.0 there are no axes: the first one stands for the sensor. */
static uint8_t value_count(const struct vscmi_platform_sensor *sensor, uint32_t version)
{
	return sensor->axis_count == 0 || version < 0x20000 ? 1 : sensor->axis_count;
}

void vscmi_sensor_put_readings(const struct vscmi_op *op, uint32_t version,
			       struct vscmi_out *out)
{
	const struct vscmi_sensor *sensor = op->sensor;
	uint8_t count = value_count(sensor->description, version);

	for (uint8_t i = 0; i < count; i++) {
		struct vscmi_sensor_reading_get_element element = {
			.value = op->readings[i].value
		};

		if (sensor->settings.timestamps)
			element.timestamp = op->readings[i].timestamp;
		vscmi_sensor_reading_get_element_put(out, version, &element);
	}
}

static void tell_update(struct vscmi_platform *platform, uint16_t index,
			const struct vscmi_op *op)
{
	for (uint32_t id = 1; id <= vscmi_serve_config(platform)->agent_count; id++) {
		struct vscmi_sensor_update_payload payload = { 0 };
		const struct vscmi_sensor_entry *entry =
			entry_of(platform, id, index, &payload.sensor_id);
		uint32_t version =
			vscmi_serve_version(platform, id, &vscmi_sensor_server);
		struct vscmi_out *out = NULL;

		if (entry && entry->wants_updates)
			out = vscmi_serve_notify(platform, id, &vscmi_sensor_server,
						 VSCMI_SENSOR_UPDATE, index);
		if (!out)
			continue;
		vscmi_sensor_update_payload_put(out, version, &payload);
		vscmi_sensor_put_readings(op, version, out);
	}
}

void vscmi_sensor_sample(struct vscmi_platform *platform, uint16_t index)
{
	struct vscmi_sensor *sensor = &vscmi_sensors_of(platform)->sensors[index];
	const struct vscmi_platform_sensor *description = sensor->description;

	/* The one under way will do. */
	if (vscmi_op_is_busy(&sensor->sample))
		return;
	vscmi_op_begin_background(&sensor->sample, platform, &vscmi_sensor_server);
	sensor->sample.sensor = sensor;
	vscmi_op_settle(&sensor->sample, NULL,
			description->ops->read(description->context,
					       vscmi_serve_now_us(platform),
					       sensor->sample.readings, &sensor->sample));
}

void vscmi_sensor_measured(struct vscmi_op *op)
{
	struct vscmi_sensor *sensor = op->sensor;
	uint16_t index = index_of(op->platform, sensor);
	bool is_for_update = op == &sensor->sample && sensor->is_for_update;

	if (is_for_update)
		sensor->is_for_update = false;
	if (op->status != VSCMI_SUCCESS)
		return;
	compare_trip_points(op->platform, index, op->readings[0].value);
	if (is_for_update)
		tell_update(op->platform, index, op);
}

void vscmi_platform_sensor_changed(struct vscmi_platform *platform, uint16_t sensor)
{
	if (sensor >= vscmi_serve_config(platform)->sensor_count ||
	    !vscmi_alarm_is_set(&vscmi_sensors_of(platform)->sensors[sensor].next_sample))
		return;
	vscmi_serve_enter(platform);
	vscmi_sensor_sample(platform, sensor);
	vscmi_serve_leave(platform);
}
