/* SPDX-License-Identifier: BSD-3-Clause */
/* Sensor management, platform side: the commands. */
#include "protocols/page.h"
#include "protocols/sensor/describe.h"
#include "protocols/sensor/state.h"
#include "rare.h"

/* The sensor of a request: all that its handler needs. */
struct target {
	uint16_t index;
	struct vscmi_sensor *sensor;
	struct vscmi_sensor_entry *entry;
	const struct vscmi_platform_sensor *description;
};

static const struct vscmi_sensor_ids *ids_of(const struct vscmi_call *call)
{
	return &vscmi_sensors_of(call->platform)->ids[call->agent_id - 1];
}

static bool has_events(const struct vscmi_call *call)
{
	return vscmi_serve_has_events(call->platform, call->agent_id);
}

/* What the caller calls sensor_id, if it exists for it. */
static int32_t find(const struct vscmi_call *call, uint32_t sensor_id,
		    struct target *target)
{
	const struct vscmi_sensor_ids *ids = ids_of(call);
	struct vscmi_sensor_entry *entry;

	if (sensor_id >= ids->count)
		return VSCMI_NOT_FOUND;
	entry = &ids->entries[sensor_id];
	target->entry = entry;
	target->index = entry->sensor;
	target->sensor = &vscmi_sensors_of(call->platform)->sensors[entry->sensor];
	target->description = target->sensor->description;
	if (!vscmi_serve_is_allowed(call->platform, call->agent_id,
				    target->description->device_id, call->server))
		return VSCMI_NOT_FOUND;
	return VSCMI_SUCCESS;
}

/* The same, and the request may go on. */
static int32_t open(const struct vscmi_call *call, uint32_t sensor_id,
		    struct target *target)
{
	int32_t status = find(call, sensor_id, target);

	return status == VSCMI_SUCCESS ? vscmi_call_check(call) : status;
}

/* The same, for a command that changes the sensor for everybody. */
static int32_t open_to_configure(const struct vscmi_call *call, uint32_t sensor_id,
				 struct target *target)
{
	int32_t status = find(call, sensor_id, target);

	if (status != VSCMI_SUCCESS)
		return status;
	return target->entry->may_configure ? vscmi_call_check(call) : VSCMI_DENIED;
}

/* Trip points are nothing without the events. */
static uint8_t trip_point_count(const struct vscmi_call *call,
				const struct target *target)
{
	return vscmi_sensor_trip_point_count(target->description, has_events(call));
}

/* The next sensor from *sensor_id on that the caller sees; false: none. */
static bool next_sensor(const struct vscmi_call *call, uint32_t *sensor_id,
			struct target *target)
{
	while (*sensor_id < ids_of(call)->count) {
		if (find(call, (*sensor_id)++, target) == VSCMI_SUCCESS)
			return true;
	}
	return false;
}

/* Something that a sensor can have. */
typedef bool has_it(const struct vscmi_call *call, const struct target *target);

/* Whether any sensor of the caller has it. */
static VSCMI_RARE bool any_has(const struct vscmi_call *call, has_it *has)
{
	struct target target;
	uint32_t sensor_id = 0;

	while (next_sensor(call, &sensor_id, &target)) {
		if (has(call, &target))
			return true;
	}
	return false;
}

static bool is_async(const struct vscmi_call *call, const struct target *target)
{
	return target->description->async && has_events(call);
}

static int32_t sensor_protocol_attributes(
	struct vscmi_call *call,
	const struct vscmi_sensor_protocol_attributes_request *request,
	struct vscmi_sensor_protocol_attributes_reply *reply)
{
	reply->sensors = ids_of(call)->count;
	if (any_has(call, is_async))
		reply->max_pending = vscmi_serve_config(call->platform)->pending_max;
	return VSCMI_SUCCESS;
}

/*
 * ---- Descriptors ----
 */

static int32_t sensor_description_get(
	struct vscmi_call *call,
	const struct vscmi_sensor_description_get_request *request,
	struct vscmi_sensor_description_get_reply *reply)
{
	/* Where no device can be denied no id is passed over, and none need be counted. */
	bool has_holes = vscmi_serve_config(call->platform)->base->device_count > 0;
	uint32_t total = has_holes ? 0 : ids_of(call)->count, sensor_id = 0;
	struct target target = { 0 };
	struct vscmi_page page;

	while (has_holes && next_sensor(call, &sensor_id, &target))
		total++;
	if (request->desc_index >= total)
		return VSCMI_INVALID_PARAMETERS;
	sensor_id = has_holes ? 0 : request->desc_index;
	for (uint32_t i = 0; has_holes && i < request->desc_index; i++)
		next_sensor(call, &sensor_id, &target);
	page = vscmi_page(&call->reply, request->desc_index, total, 0xfff);
	while (vscmi_page_next(&page)) {
		struct vscmi_sensor_description_get_element element;

		next_sensor(call, &sensor_id, &target);
		vscmi_sensor_describe(target.sensor, has_events(call), call->version,
				      &element);
		element.sensor_id = sensor_id - 1;
		vscmi_sensor_description_get_element_put(&call->reply, call->version,
							 &element);
	}
	reply->returned = page.returned;
	reply->remaining = page.remaining;
	return vscmi_page_status(&page);
}

/*
 * Of the statuses for an index past the end, that of sensor descriptions is known. The lists of axes,
 * their names and intervals answer OUT_OF_RANGE as lists of other protocols do; docs/design.md, Doubts.
 */
static int32_t sensor_axis_description_get(
	struct vscmi_call *call,
	const struct vscmi_sensor_axis_description_get_request *request,
	struct vscmi_sensor_axis_description_get_reply *reply)
{
	struct target target;
	int32_t status = open(call, request->sensor_id, &target);
	struct vscmi_page page;

	if (status != VSCMI_SUCCESS)
		return status;
	if (target.description->axis_count == 0)
		return VSCMI_NOT_SUPPORTED;
	if (request->axis_desc_index >= target.description->axis_count)
		return VSCMI_OUT_OF_RANGE;
	page = vscmi_page(&call->reply, request->axis_desc_index,
			  target.description->axis_count, 0x3f);
	while (vscmi_page_next(&page)) {
		struct vscmi_sensor_axis_description_get_element element;

		vscmi_sensor_describe_axis(target.description, page.index, &element);
		vscmi_sensor_axis_description_get_element_put(&call->reply, call->version,
							      &element);
	}
	reply->returned = page.returned;
	reply->remaining = page.remaining;
	return vscmi_page_status(&page);
}

static int32_t sensor_name_get(struct vscmi_call *call,
			       const struct vscmi_sensor_name_get_request *request,
			       struct vscmi_sensor_name_get_reply *reply)
{
	struct target target;
	int32_t status = open(call, request->sensor_id, &target);

	if (status != VSCMI_SUCCESS)
		return status;
	if (!target.description->long_name)
		return VSCMI_NOT_FOUND;
	VSCMI_SET_TEXT(reply->name, target.description->long_name);
	return VSCMI_SUCCESS;
}

/* The next axis from *axis on that has a long name; NULL: none. */
static const char *next_axis_name(const struct vscmi_platform_sensor *sensor,
				  uint8_t *axis)
{
	while (*axis < sensor->axis_count) {
		const char *name = sensor->axes[(*axis)++].long_name;

		if (name)
			return name;
	}
	return NULL;
}

static uint32_t axis_name_count(const struct vscmi_platform_sensor *sensor)
{
	uint32_t count = 0;
	uint8_t axis = 0;

	while (next_axis_name(sensor, &axis))
		count++;
	return count;
}

static int32_t sensor_axis_name_get(
	struct vscmi_call *call, const struct vscmi_sensor_axis_name_get_request *request,
	struct vscmi_sensor_axis_name_get_reply *reply)
{
	struct target target;
	int32_t status = open(call, request->sensor_id, &target);
	uint8_t axis = 0;
	uint32_t total;
	struct vscmi_page page;

	if (status != VSCMI_SUCCESS)
		return status;
	total = axis_name_count(target.description);
	if (total == 0)
		return VSCMI_NOT_SUPPORTED;
	if (request->axis_desc_index >= total)
		return VSCMI_OUT_OF_RANGE;
	for (uint32_t i = 0; i < request->axis_desc_index; i++)
		next_axis_name(target.description, &axis);
	page = vscmi_page(&call->reply, request->axis_desc_index, total, 0x3f);
	while (vscmi_page_next(&page)) {
		const char *name = next_axis_name(target.description, &axis);
		struct vscmi_sensor_axis_name_get_element element = { .axis_id =
									      axis - 1u };

		VSCMI_SET_TEXT(element.name, name);
		vscmi_sensor_axis_name_get_element_put(&call->reply, call->version,
						       &element);
	}
	reply->returned = page.returned;
	reply->remaining = page.remaining;
	return vscmi_page_status(&page);
}

/*
 * ---- Readings ----
 */

static int32_t sensor_reading_get(struct vscmi_call *call,
				  const struct vscmi_sensor_reading_get_request *request,
				  struct vscmi_sensor_reading_get_reply *reply)
{
	struct target target;
	int32_t status = open(call, request->sensor_id, &target);
	struct vscmi_op *op;

	if (status != VSCMI_SUCCESS)
		return status;
	if (request->async && !(target.description->async && has_events(call)))
		return VSCMI_NOT_SUPPORTED;
	/* Before 2.0 an agent has no way to enable a sensor. */
	if (!target.sensor->settings.enabled && call->version >= 0x20000)
		return VSCMI_PROTOCOL_ERROR;
	op = vscmi_op_begin(call, request->async ? VSCMI_OP_ASYNCHRONOUS
						 : VSCMI_OP_SYNCHRONOUS);
	if (!op)
		return VSCMI_BUSY;
	op->sensor = target.sensor;
	op->resource_id = request->sensor_id;
	return vscmi_op_settle(
		op, call,
		target.description->ops->read(target.description->context,
					      vscmi_serve_now_us(call->platform),
					      op->readings, op));
}

static void op_ended(struct vscmi_op *op)
{
	struct vscmi_sensor *sensor = op->sensor;

	if (op == &sensor->sample || sensor->description->trip_point_count > 0)
		vscmi_sensor_measured(op);
}

static void put_reply(const struct vscmi_op *op, struct vscmi_out *out)
{
	vscmi_sensor_put_readings(op, op->version, out);
}

static void put_delayed(const struct vscmi_op *op, struct vscmi_out *out)
{
	struct vscmi_sensor_reading_complete_payload payload = {
		.sensor_id = op->resource_id
	};

	vscmi_sensor_reading_complete_payload_put(out, op->version, &payload);
	vscmi_sensor_put_readings(op, op->version, out);
}

/*
 * ---- Configuration ----
 */

static void put_interval(struct vscmi_call *call, struct vscmi_sensor_interval interval)
{
	struct vscmi_sensor_list_update_intervals_element element = {
		.seconds = interval.seconds,
		.exponent = interval.exponent,
	};

	vscmi_sensor_list_update_intervals_element_put(&call->reply, call->version,
						       &element);
}

static int32_t sensor_list_update_intervals(
	struct vscmi_call *call,
	const struct vscmi_sensor_list_update_intervals_request *request,
	struct vscmi_sensor_list_update_intervals_reply *reply)
{
	struct target target;
	int32_t status = open(call, request->sensor_id, &target);
	const struct vscmi_sensor_interval *intervals;
	struct vscmi_page page;

	if (status != VSCMI_SUCCESS)
		return status;
	if (target.description->interval_count == 0)
		return VSCMI_NOT_SUPPORTED;
	intervals = target.description->intervals;
	if (target.description->intervals_are_triplet) {
		if (request->interval_index > 0)
			return VSCMI_OUT_OF_RANGE;
		for (size_t i = 0; i < 3; i++)
			put_interval(call, intervals[i]);
		reply->triplet = true;
		reply->returned = 3;
		return VSCMI_SUCCESS;
	}
	if (request->interval_index >= target.description->interval_count)
		return VSCMI_OUT_OF_RANGE;
	page = vscmi_page(&call->reply, request->interval_index,
			  target.description->interval_count, 0xfff);
	while (vscmi_page_next(&page))
		put_interval(call, intervals[page.index]);
	reply->returned = page.returned;
	reply->remaining = page.remaining;
	return vscmi_page_status(&page);
}

static int32_t sensor_config_get(struct vscmi_call *call,
				 const struct vscmi_sensor_config_get_request *request,
				 struct vscmi_sensor_config_get_reply *reply)
{
	struct target target;
	int32_t status = open(call, request->sensor_id, &target);
	const struct vscmi_sensor_settings *settings;

	if (status != VSCMI_SUCCESS)
		return status;
	settings = &target.sensor->settings;
	reply->seconds = settings->interval.seconds;
	reply->exponent = settings->interval.exponent;
	reply->timestamps = settings->timestamps;
	reply->enabled = settings->enabled;
	return VSCMI_SUCCESS;
}

/* The interval that a request asks for; 0 seconds ask for the one that is. */
static int32_t choose_interval(const struct target *target,
			       const struct vscmi_sensor_config_set_request *request,
			       struct vscmi_sensor_interval *interval)
{
	struct vscmi_sensor_interval wanted = {
		.seconds = (uint16_t)request->seconds,
		.exponent = (int8_t)request->exponent,
	};

	if (wanted.seconds == 0 ||
	    vscmi_sensor_interval_us(wanted) == vscmi_sensor_interval_us(*interval))
		return VSCMI_SUCCESS;
	if (target->description->interval_count == 0)
		return VSCMI_NOT_SUPPORTED;
	return vscmi_sensor_round(target->description, wanted, request->round_up,
				  request->round_nearest, interval)
		       ? VSCMI_SUCCESS
		       : VSCMI_INVALID_PARAMETERS;
}

static int32_t sensor_config_set(struct vscmi_call *call,
				 const struct vscmi_sensor_config_set_request *request,
				 struct vscmi_sensor_config_set_reply *reply)
{
	struct target target;
	int32_t status = open_to_configure(call, request->sensor_id, &target);
	struct vscmi_sensor_settings settings;

	if (status != VSCMI_SUCCESS)
		return status;
	if (request->timestamps && !target.description->timestamps)
		return VSCMI_NOT_SUPPORTED;
	settings = target.sensor->settings;
	settings.enabled = request->enabled;
	settings.timestamps = request->timestamps;
	status = choose_interval(&target, request, &settings.interval);
	if (status == VSCMI_SUCCESS)
		status = vscmi_sensor_set(call->platform, target.index, settings);
	if (status == VSCMI_SUCCESS)
		target.sensor->setter = call->agent_id;
	return status;
}

static int32_t sensor_trip_point_config(
	struct vscmi_call *call,
	const struct vscmi_sensor_trip_point_config_request *request,
	struct vscmi_sensor_trip_point_config_reply *reply)
{
	struct target target;
	int32_t status = open_to_configure(call, request->sensor_id, &target);

	if (status != VSCMI_SUCCESS)
		return status;
	if (trip_point_count(call, &target) == 0)
		return VSCMI_NOT_SUPPORTED;
	if (request->trip_point_id >= target.description->trip_point_count)
		return VSCMI_INVALID_PARAMETERS;
	target.sensor->trip_points[request->trip_point_id] =
		(struct vscmi_sensor_trip_point){
			.edges = request->edge,
			.value = request->value,
			.setter = call->agent_id,
		};
	vscmi_sensor_schedule(call->platform, target.index);
	/* On which side of the new value it is now: an edge needs two. */
	if (request->edge && target.sensor->settings.enabled)
		vscmi_sensor_sample(call->platform, target.index);
	return VSCMI_SUCCESS;
}

static int32_t sensor_trip_point_notify(
	struct vscmi_call *call,
	const struct vscmi_sensor_trip_point_notify_request *request,
	struct vscmi_sensor_trip_point_notify_reply *reply)
{
	struct target target;
	int32_t status = open(call, request->sensor_id, &target);

	if (status != VSCMI_SUCCESS)
		return status;
	if (trip_point_count(call, &target) == 0)
		return VSCMI_NOT_SUPPORTED;
	target.entry->wants_trip_points = request->enable;
	return VSCMI_SUCCESS;
}

static int32_t sensor_continuous_update_notify(
	struct vscmi_call *call,
	const struct vscmi_sensor_continuous_update_notify_request *request,
	struct vscmi_sensor_continuous_update_notify_reply *reply)
{
	struct target target;
	int32_t status = open(call, request->sensor_id, &target);

	if (status != VSCMI_SUCCESS)
		return status;
	if (!target.description->continuous_update)
		return VSCMI_NOT_SUPPORTED;
	vscmi_sensor_subscribe(call->platform, target.entry, request->enable);
	return VSCMI_SUCCESS;
}

#define VSCMI_ROWS "protocols/sensor/messages.def"
#include "protocols/handler_rows.h"

static bool is_visible(const struct vscmi_platform_config *config, uint32_t agent_id)
{
	const struct vscmi_platform_sensor_view *view =
		config->agents[agent_id - 1].sensors;

	return (view ? view->count : config->sensor_count) > 0;
}

static bool has_trip_points(const struct vscmi_call *call, const struct target *target)
{
	return trip_point_count(call, target) > 0;
}

static bool has_axes(const struct vscmi_call *call, const struct target *target)
{
	return target->description->axis_count > 0;
}

static bool has_intervals(const struct vscmi_call *call, const struct target *target)
{
	return target->description->interval_count > 0;
}

static bool has_updates(const struct vscmi_call *call, const struct target *target)
{
	return target->description->continuous_update && has_events(call);
}

static bool has_long_name(const struct vscmi_call *call, const struct target *target)
{
	return target->description->long_name != NULL;
}

static bool has_axis_names(const struct vscmi_call *call, const struct target *target)
{
	return axis_name_count(target->description) > 0;
}

/* By message id: what some sensor of the caller must have. NULL: there is no condition. */
static has_it *const conditions[] = {
	[VSCMI_SENSOR_TRIP_POINT_NOTIFY] = has_trip_points,
	[VSCMI_SENSOR_TRIP_POINT_CONFIG] = has_trip_points,
	[VSCMI_SENSOR_AXIS_DESCRIPTION_GET] = has_axes,
	[VSCMI_SENSOR_LIST_UPDATE_INTERVALS] = has_intervals,
	[VSCMI_SENSOR_CONTINUOUS_UPDATE_NOTIFY] = has_updates,
	[VSCMI_SENSOR_NAME_GET] = has_long_name,
	[VSCMI_SENSOR_AXIS_NAME_GET] = has_axis_names,
};

static int32_t provides(const struct vscmi_call *call, uint8_t message_id,
			uint32_t *attributes)
{
	if (message_id >= sizeof(conditions) / sizeof(conditions[0]) ||
	    !conditions[message_id])
		return VSCMI_SUCCESS;
	return any_has(call, conditions[message_id]) ? VSCMI_SUCCESS : VSCMI_NOT_FOUND;
}

const struct vscmi_server vscmi_sensor_server = {
	.place = VSCMI_PLACE_SENSOR,
	.commands = commands,
	.command_count = sizeof(commands) / sizeof(commands[0]),
	.notification_since = notification_since,
	.is_valid = vscmi_sensors_are_valid,
	.lay_out = vscmi_sensors_lay_out,
	.start = vscmi_sensors_start,
	.is_visible = is_visible,
	.provides = provides,
	.agent_arrives = vscmi_sensor_agent_arrives,
	.agent_releases = vscmi_sensor_agent_releases,
	.op_ended = op_ended,
	.put_reply = put_reply,
	.put_delayed = put_delayed,
};
