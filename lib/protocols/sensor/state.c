/* SPDX-License-Identifier: BSD-3-Clause */
/* The state of sensors between the commands: what agents see, and what they set. */
#include "protocols/sensor/state.h"

#define EXPONENT_MIN -16
#define EXPONENT_MAX 15

/*
 * ---- Intervals ----
 */

uint64_t vscmi_sensor_interval_us(struct vscmi_sensor_interval interval)
{
	uint64_t us = interval.seconds;
	int exponent = interval.exponent + 6;

	for (; exponent > 0; exponent--)
		us = us > UINT64_MAX / 10 ? UINT64_MAX : us * 10;
	for (; exponent < 0; exponent++)
		us /= 10;
	return us;
}

/* The interval at a place of what the sensor offers, which is a list or three numbers. */
static struct vscmi_sensor_interval offered(const struct vscmi_platform_sensor *sensor,
					    uint32_t place)
{
	const struct vscmi_sensor_interval *three = sensor->intervals;

	if (!sensor->intervals_are_triplet)
		return sensor->intervals[place];
	return (struct vscmi_sensor_interval){
		.seconds = (uint16_t)(three[0].seconds + place * three[2].seconds),
		.exponent = three[0].exponent,
	};
}

static uint32_t offered_count(const struct vscmi_platform_sensor *sensor)
{
	const struct vscmi_sensor_interval *three = sensor->intervals;

	if (!sensor->intervals_are_triplet)
		return sensor->interval_count;
	return 1u + (uint32_t)(three[1].seconds - three[0].seconds) / three[2].seconds;
}

bool vscmi_sensor_round(const struct vscmi_platform_sensor *sensor,
			struct vscmi_sensor_interval wanted, bool up, bool nearest,
			struct vscmi_sensor_interval *ret_interval)
{
	uint64_t wanted_us = vscmi_sensor_interval_us(wanted), below_us, above_us;
	uint32_t count = offered_count(sensor);
	uint32_t first = 0, above = count;

	/* The place of the first that is not shorter: they ascend, and a triplet has up to 65535. */
	while (first < above) {
		uint32_t middle = (first + above) / 2;

		if (vscmi_sensor_interval_us(offered(sensor, middle)) < wanted_us)
			first = middle + 1;
		else
			above = middle;
	}
	if (above < count &&
	    vscmi_sensor_interval_us(offered(sensor, above)) == wanted_us) {
		*ret_interval = offered(sensor, above);
		return true;
	}
	if (nearest && above > 0 && above < count) {
		below_us = vscmi_sensor_interval_us(offered(sensor, above - 1));
		above_us = vscmi_sensor_interval_us(offered(sensor, above));
		up = above_us - wanted_us < wanted_us - below_us;
	} else if (nearest) {
		up = above == 0;
	}
	if (up ? above == count : above == 0)
		return false;
	*ret_interval = offered(sensor, up ? above : above - 1);
	return true;
}

static bool is_exponent(int exponent)
{
	return exponent >= EXPONENT_MIN && exponent <= EXPONENT_MAX;
}

static bool interval_is_valid(struct vscmi_sensor_interval interval)
{
	return is_exponent(interval.exponent) && vscmi_sensor_interval_us(interval) > 0;
}

static bool intervals_are_valid(const struct vscmi_platform_sensor *sensor)
{
	const struct vscmi_sensor_interval *list = sensor->intervals;
	bool is_sampled = sensor->trip_point_count > 0 || sensor->continuous_update;

	for (size_t i = 0; i < sensor->interval_count; i++) {
		if (!interval_is_valid(list[i]))
			return false;
	}
	if (sensor->intervals_are_triplet) {
		if (sensor->interval_count != 3 || list[0].seconds > list[1].seconds ||
		    list[0].exponent != list[1].exponent ||
		    list[0].exponent != list[2].exponent)
			return false;
	}
	for (size_t i = 1; !sensor->intervals_are_triplet && i < sensor->interval_count;
	     i++) {
		if (vscmi_sensor_interval_us(list[i - 1]) >=
		    vscmi_sensor_interval_us(list[i]))
			return false;
	}
	return is_exponent(sensor->interval.exponent) &&
	       (!is_sampled || interval_is_valid(sensor->interval));
}

/*
 * ---- Set-up ----
 */

static bool range_is_valid(const struct vscmi_sensor_range *range)
{
	return !range ||
	       (range->resolution < 1u << 27 && is_exponent(range->resolution_exponent) &&
		range->min <= range->max);
}

static bool axes_are_valid(const struct vscmi_platform_sensor *sensor)
{
	if (sensor->axis_count > VSCMI_SENSOR_AXES_MAX)
		return false;
	for (size_t i = 0; i < sensor->axis_count; i++) {
		const struct vscmi_platform_sensor_axis *axis = &sensor->axes[i];

		if (!axis->name || !is_exponent(axis->exponent) ||
		    !range_is_valid(axis->range))
			return false;
	}
	/* A trip point has one value. */
	return sensor->axis_count == 0 || sensor->trip_point_count == 0;
}

static bool sensor_is_valid(const struct vscmi_platform_config *config,
			    const struct vscmi_platform_sensor *sensor)
{
	return sensor->name && axes_are_valid(sensor) && is_exponent(sensor->exponent) &&
	       is_exponent(sensor->timestamp_exponent) && range_is_valid(sensor->range) &&
	       intervals_are_valid(sensor) &&
	       sensor->device_id <= config->base->device_count && sensor->ops &&
	       sensor->ops->read;
}

/* Each sensor once: an agent has one id for it, and counts once among its subscribers. */
static bool view_is_valid(const struct vscmi_platform_sensor_view *view,
			  uint16_t sensor_count)
{
	if (view->count > sensor_count)
		return false;
	for (size_t i = 0; i < view->count; i++) {
		if (view->grants[i].sensor >= sensor_count)
			return false;
		for (size_t j = 0; j < i; j++) {
			if (view->grants[j].sensor == view->grants[i].sensor)
				return false;
		}
	}
	return true;
}

bool vscmi_sensors_are_valid(const struct vscmi_platform_config *config)
{
	for (size_t i = 0; i < config->sensor_count; i++) {
		if (!sensor_is_valid(config, &config->sensors[i]))
			return false;
	}
	for (size_t i = 0; i < config->agent_count; i++) {
		const struct vscmi_platform_sensor_view *view = config->agents[i].sensors;

		if (view && !view_is_valid(view, config->sensor_count))
			return false;
	}
	return true;
}

void *vscmi_sensors_lay_out(const struct vscmi_platform_config *config,
			    struct vscmi_arena *arena)
{
	struct vscmi_sensors *state = VSCMI_ARENA_ARRAY(arena, 1, struct vscmi_sensors);
	struct vscmi_sensor *sensors =
		VSCMI_ARENA_ARRAY(arena, config->sensor_count, struct vscmi_sensor);
	struct vscmi_sensor_ids *ids =
		VSCMI_ARENA_ARRAY(arena, config->agent_count, struct vscmi_sensor_ids);

	for (size_t i = 0; i < config->sensor_count; i++) {
		struct vscmi_sensor_trip_point *trip_points =
			VSCMI_ARENA_ARRAY(arena, config->sensors[i].trip_point_count,
					  struct vscmi_sensor_trip_point);

		if (sensors)
			sensors[i].trip_points = trip_points;
	}
	for (size_t i = 0; i < config->agent_count; i++) {
		struct vscmi_sensor_ids parts = {
			.entries = VSCMI_ARENA_ARRAY(arena, config->sensor_count,
						     struct vscmi_sensor_entry),
			.id_of = VSCMI_ARENA_ARRAY(arena, config->sensor_count, uint16_t),
		};

		if (ids)
			ids[i] = parts;
	}
	if (state)
		*state = (struct vscmi_sensors){ .sensors = sensors, .ids = ids };
	return state;
}

static struct vscmi_sensor_settings initial_settings(
	const struct vscmi_platform_sensor *sensor)
{
	return (struct vscmi_sensor_settings){
		.enabled = !sensor->disabled_at_start,
		.interval = sensor->interval,
	};
}

void vscmi_sensors_start(struct vscmi_platform *platform)
{
	const struct vscmi_platform_config *config = vscmi_serve_config(platform);
	struct vscmi_sensors *state = vscmi_sensors_of(platform);

	for (size_t i = 0; i < config->sensor_count; i++) {
		state->sensors[i].description = &config->sensors[i];
		state->sensors[i].settings = initial_settings(&config->sensors[i]);
	}
}

void vscmi_sensor_agent_arrives(struct vscmi_platform *platform, uint32_t agent_id)
{
	const struct vscmi_platform_config *config = vscmi_serve_config(platform);
	const struct vscmi_platform_sensor_view *view =
		vscmi_serve_agent(platform, agent_id)->sensors;
	struct vscmi_sensor_ids *ids = &vscmi_sensors_of(platform)->ids[agent_id - 1];
	uint16_t count = view ? view->count : config->sensor_count;

	for (uint16_t i = 0; i < ids->count; i++)
		vscmi_sensor_subscribe(platform, &ids->entries[i], false);
	ids->count = 0;
	for (uint16_t i = 0; i < count; i++) {
		struct vscmi_platform_sensor_grant grant =
			view ? view->grants[i]
			     : (struct vscmi_platform_sensor_grant){ i, true };

		if (!vscmi_serve_is_allowed(platform, agent_id,
					    config->sensors[grant.sensor].device_id,
					    &vscmi_sensor_server))
			continue;
		ids->id_of[grant.sensor] = ids->count;
		ids->entries[ids->count++] = (struct vscmi_sensor_entry){
			.sensor = grant.sensor,
			.may_configure = grant.configure,
		};
	}
}

/*
 * ---- Settings ----
 */

int32_t vscmi_sensor_set(struct vscmi_platform *platform, uint16_t index,
			 struct vscmi_sensor_settings settings)
{
	struct vscmi_sensor *sensor = &vscmi_sensors_of(platform)->sensors[index];
	const struct vscmi_platform_sensor *description = sensor->description;
	int32_t status = VSCMI_SUCCESS;

	if (description->ops->configure)
		status = description->ops->configure(description->context,
						     settings.enabled, settings.interval);
	if (status != VSCMI_SUCCESS)
		return status;
	sensor->settings = settings;
	vscmi_sensor_reschedule(platform, index);
	return VSCMI_SUCCESS;
}

void vscmi_sensor_agent_releases(struct vscmi_platform *platform, uint32_t agent_id)
{
	const struct vscmi_platform_config *config = vscmi_serve_config(platform);
	struct vscmi_sensors *state = vscmi_sensors_of(platform);

	for (uint16_t i = 0; i < config->sensor_count; i++) {
		struct vscmi_sensor *sensor = &state->sensors[i];
		bool any = false;

		for (size_t j = 0; j < sensor->description->trip_point_count; j++) {
			if (sensor->trip_points[j].setter != agent_id)
				continue;
			sensor->trip_points[j].edges = 0;
			any = true;
		}
		if (any)
			vscmi_sensor_schedule(platform, i);
		if (sensor->setter == agent_id) {
			sensor->setter = 0;
			vscmi_sensor_set(platform, i,
					 initial_settings(sensor->description));
		}
	}
}
