/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls of the Sensor management protocol. */
#include "vscmi/agent/sensor.h"
#include "protocols/sensor/messages.h"

#define PROTOCOL   VSCMI_PROTOCOL_SENSOR
#define VSCMI_ROWS "protocols/sensor/messages.def"
#include "protocols/call_rows.h"

_Static_assert(VSCMI_SENSOR_NAME_BYTES == VSCMI_LONG_NAME_BYTES,
	       "names are copied whole");

struct vscmi_result vscmi_sensor_protocol_get(struct vscmi_agent *agent,
					      struct vscmi_sensor_protocol *ret_protocol)
{
	const struct vscmi_sensor_protocol_attributes_request request = { 0 };
	struct vscmi_sensor_protocol_attributes_reply reply;
	struct vscmi_result result =
		sensor_protocol_attributes_call(agent, &request, &reply);

	if (!vscmi_failed(result))
		*ret_protocol = (struct vscmi_sensor_protocol){
			.sensors = reply.sensors,
			.max_pending = reply.max_pending,
			.registers_address = reply.registers_address,
			.registers_bytes = reply.registers_bytes,
		};
	return result;
}

struct vscmi_result vscmi_sensor_name_get(struct vscmi_agent *agent, uint32_t sensor_id,
					  char ret_name[VSCMI_SENSOR_NAME_BYTES])
{
	const struct vscmi_sensor_name_get_request request = { .sensor_id = sensor_id };
	struct vscmi_sensor_name_get_reply reply;
	struct vscmi_result result = sensor_name_get_call(agent, &request, &reply);

	if (!vscmi_failed(result))
		memcpy(ret_name, reply.name, sizeof(reply.name));
	return result;
}

/*
 * ---- Lists ----
 */

static void sensors_put(struct vscmi_out *out, uint32_t version, uint32_t resource_id,
			uint32_t index)
{
	const struct vscmi_sensor_description_get_request request = { .desc_index =
									      index };

	vscmi_sensor_description_get_request_put(out, version, &request);
}

static void sensors_get(struct vscmi_in *in, uint32_t version,
			struct vscmi_list_page *ret_page)
{
	struct vscmi_sensor_description_get_reply reply;

	vscmi_sensor_description_get_reply_get(in, version, &reply);
	*ret_page = (struct vscmi_list_page){
		.returned = reply.returned,
		.remaining = reply.remaining,
	};
}

static const struct vscmi_list_kind sensors = {
	.protocol = VSCMI_PROTOCOL_SENSOR,
	.message_id = VSCMI_SENSOR_DESCRIPTION_GET,
	.since = 0x10000,
	.longest_bytes = VSCMI_SENSOR_DESCRIPTION_GET_ELEMENT_MAX,
	.put = sensors_put,
	.get = sensors_get,
};

void vscmi_sensors(struct vscmi_list *list, struct vscmi_agent *agent)
{
	vscmi_list_begin(list, agent, &sensors, 0);
}

bool vscmi_sensors_next(struct vscmi_list *list, struct vscmi_sensor *ret_sensor)
{
	struct vscmi_sensor_description_get_element element;
	struct vscmi_in in;

	if (!vscmi_list_next(list, &sensors, &in))
		return false;
	vscmi_sensor_description_get_element_get(&in, list->version, &element);
	if (!vscmi_list_decoded(list, &in))
		return false;
	*ret_sensor = (struct vscmi_sensor){
		.sensor_id = element.sensor_id,
		.type = (uint8_t)element.type,
		.exponent = (int8_t)element.exponent,
		.async = element.async,
		.trip_points = (uint8_t)element.trip_points,
		.update_interval = {
			.seconds = (uint16_t)element.update_interval,
			.exponent = (int8_t)element.update_interval_exponent,
		},
		.continuous_update = element.continuous_update,
		.timestamps = element.timestamps,
		.timestamp_exponent = (int8_t)element.timestamp_exponent,
		.axes = (uint8_t)(element.has_axes ? element.axes : 0),
		.extended = element.extended,
		.power_uw = element.power_uw,
		.range = {
			.resolution = element.resolution,
			.resolution_exponent = (int8_t)element.resolution_exponent,
			.min = element.min_range,
			.max = element.max_range,
		},
	};
	memcpy(ret_sensor->name, element.name, sizeof(element.name));
	/* Without the long name the short one has to do. */
	if (element.extended_name)
		vscmi_sensor_name_get(list->agent, element.sensor_id, ret_sensor->name);
	return true;
}

static void axes_put(struct vscmi_out *out, uint32_t version, uint32_t sensor_id,
		     uint32_t index)
{
	const struct vscmi_sensor_axis_description_get_request request = {
		.sensor_id = sensor_id,
		.axis_desc_index = index,
	};

	vscmi_sensor_axis_description_get_request_put(out, version, &request);
}

static void axes_get(struct vscmi_in *in, uint32_t version,
		     struct vscmi_list_page *ret_page)
{
	struct vscmi_sensor_axis_description_get_reply reply;

	vscmi_sensor_axis_description_get_reply_get(in, version, &reply);
	*ret_page = (struct vscmi_list_page){
		.returned = reply.returned,
		.remaining = reply.remaining,
	};
}

static const struct vscmi_list_kind axes = {
	.protocol = VSCMI_PROTOCOL_SENSOR,
	.message_id = VSCMI_SENSOR_AXIS_DESCRIPTION_GET,
	.since = 0x20000,
	.longest_bytes = VSCMI_SENSOR_AXIS_DESCRIPTION_GET_ELEMENT_MAX,
	.put = axes_put,
	.get = axes_get,
};

void vscmi_sensor_axes(struct vscmi_list *list, struct vscmi_agent *agent,
		       uint32_t sensor_id)
{
	vscmi_list_begin(list, agent, &axes, sensor_id);
}

bool vscmi_sensor_axes_next(struct vscmi_list *list, struct vscmi_sensor_axis *ret_axis)
{
	struct vscmi_sensor_axis_description_get_element element;
	struct vscmi_in in;

	if (!vscmi_list_next(list, &axes, &in))
		return false;
	vscmi_sensor_axis_description_get_element_get(&in, list->version, &element);
	if (!vscmi_list_decoded(list, &in))
		return false;
	*ret_axis = (struct vscmi_sensor_axis){
		.axis_id = element.axis_id,
		.extended_name = element.extended_name,
		.type = (uint8_t)element.type,
		.exponent = (int8_t)element.exponent,
		.extended = element.extended,
		.range = {
			.resolution = element.resolution,
			.resolution_exponent = (int8_t)element.resolution_exponent,
			.min = element.min_range,
			.max = element.max_range,
		},
	};
	memcpy(ret_axis->name, element.name, sizeof(element.name));
	return true;
}

static void axis_names_put(struct vscmi_out *out, uint32_t version, uint32_t sensor_id,
			   uint32_t index)
{
	const struct vscmi_sensor_axis_name_get_request request = {
		.sensor_id = sensor_id,
		.axis_desc_index = index,
	};

	vscmi_sensor_axis_name_get_request_put(out, version, &request);
}

static void axis_names_get(struct vscmi_in *in, uint32_t version,
			   struct vscmi_list_page *ret_page)
{
	struct vscmi_sensor_axis_name_get_reply reply;

	vscmi_sensor_axis_name_get_reply_get(in, version, &reply);
	*ret_page = (struct vscmi_list_page){
		.returned = reply.returned,
		.remaining = reply.remaining,
	};
}

static const struct vscmi_list_kind axis_names = {
	.protocol = VSCMI_PROTOCOL_SENSOR,
	.message_id = VSCMI_SENSOR_AXIS_NAME_GET,
	.since = 0x30000,
	.put = axis_names_put,
	.get = axis_names_get,
};

void vscmi_sensor_axis_names(struct vscmi_list *list, struct vscmi_agent *agent,
			     uint32_t sensor_id)
{
	vscmi_list_begin(list, agent, &axis_names, sensor_id);
}

bool vscmi_sensor_axis_names_next(struct vscmi_list *list,
				  struct vscmi_sensor_axis_name *ret_name)
{
	struct vscmi_sensor_axis_name_get_element element;
	struct vscmi_in in;

	if (!vscmi_list_next(list, &axis_names, &in))
		return false;
	vscmi_sensor_axis_name_get_element_get(&in, list->version, &element);
	if (!vscmi_list_decoded(list, &in))
		return false;
	ret_name->axis_id = element.axis_id;
	memcpy(ret_name->name, element.name, sizeof(element.name));
	return true;
}

static void intervals_put(struct vscmi_out *out, uint32_t version, uint32_t sensor_id,
			  uint32_t index)
{
	const struct vscmi_sensor_list_update_intervals_request request = {
		.sensor_id = sensor_id,
		.interval_index = index,
	};

	vscmi_sensor_list_update_intervals_request_put(out, version, &request);
}

static void intervals_get(struct vscmi_in *in, uint32_t version,
			  struct vscmi_list_page *ret_page)
{
	struct vscmi_sensor_list_update_intervals_reply reply;

	vscmi_sensor_list_update_intervals_reply_get(in, version, &reply);
	*ret_page = (struct vscmi_list_page){
		.returned = reply.returned,
		.remaining = reply.remaining,
		.triplet = reply.triplet,
	};
}

static const struct vscmi_list_kind intervals = {
	.protocol = VSCMI_PROTOCOL_SENSOR,
	.message_id = VSCMI_SENSOR_LIST_UPDATE_INTERVALS,
	.since = 0x20000,
	.put = intervals_put,
	.get = intervals_get,
};

void vscmi_sensor_intervals(struct vscmi_list *list, struct vscmi_agent *agent,
			    uint32_t sensor_id)
{
	vscmi_list_begin(list, agent, &intervals, sensor_id);
}

static struct vscmi_sensor_interval interval_get(struct vscmi_in *in, uint32_t version)
{
	struct vscmi_sensor_list_update_intervals_element element;

	vscmi_sensor_list_update_intervals_element_get(in, version, &element);
	return (struct vscmi_sensor_interval){
		.seconds = (uint16_t)element.seconds,
		.exponent = (int8_t)element.exponent,
	};
}

bool vscmi_sensor_intervals_next(struct vscmi_list *list,
				 struct vscmi_sensor_intervals *ret_intervals)
{
	struct vscmi_sensor_intervals item = { 0 };
	struct vscmi_in in;

	if (!vscmi_list_next(list, &intervals, &in))
		return false;
	item.min = interval_get(&in, list->version);
	item.max = item.min;
	if (list->triplet) {
		item.max = interval_get(&in, list->version);
		item.step = interval_get(&in, list->version);
	}
	if (!vscmi_list_decoded(list, &in))
		return false;
	*ret_intervals = item;
	return true;
}

/*
 * ---- Readings ----
 */

/* All that is left of in; as many as were written are in *ret_count. */
static enum vscmi_error readings_get(struct vscmi_in *in, uint32_t version,
				     struct vscmi_sensor_reading *readings,
				     uint32_t capacity, uint32_t *ret_count)
{
	uint32_t count = 0;

	while (in->left > 0) {
		/* The reply and both of the events have the same element. */
		struct vscmi_sensor_reading_get_element element;

		if (count == capacity)
			return VSCMI_E_TOO_BIG;
		vscmi_sensor_reading_get_element_get(in, version, &element);
		readings[count++] = (struct vscmi_sensor_reading){
			.value = element.value,
			.timestamp = element.timestamp,
		};
	}
	*ret_count = count;
	return VSCMI_OK;
}

static struct vscmi_result reading_end(struct vscmi_ask *ask, bool answered,
				       struct vscmi_sensor_reading *readings,
				       uint32_t capacity, uint32_t *ret_count)
{
	struct vscmi_result result;
	uint32_t count = 0;

	if (answered)
		ask->result = vscmi_local(
			readings_get(&ask->in, ask->version, readings, capacity, &count));
	result = vscmi_ask_end(ask);
	if (!vscmi_failed(result))
		*ret_count = count;
	return result;
}

struct vscmi_result vscmi_sensor_reading_get(struct vscmi_agent *agent,
					     uint32_t sensor_id,
					     struct vscmi_sensor_reading *readings,
					     uint32_t capacity, uint32_t *ret_count)
{
	const struct vscmi_sensor_reading_get_request request = { .sensor_id =
									  sensor_id };
	struct vscmi_ask ask;

	sensor_reading_get_begin(&ask, agent, VSCMI_SYNC, &request);
	return reading_end(&ask, vscmi_ask_run(&ask), readings, capacity, ret_count);
}

struct vscmi_result vscmi_sensor_reading_get_async(struct vscmi_agent *agent,
						   uint32_t sensor_id,
						   struct vscmi_sensor_reading *readings,
						   uint32_t capacity, uint32_t *ret_count)
{
	const struct vscmi_sensor_reading_get_request request = {
		.sensor_id = sensor_id,
		.async = true,
	};
	struct vscmi_sensor_reading_complete_payload payload;
	struct vscmi_ask ask;
	bool answered;

	sensor_reading_get_begin(&ask, agent, VSCMI_ASYNC, &request);
	answered = vscmi_ask_run(&ask);
	if (answered)
		vscmi_sensor_reading_complete_payload_get(&ask.in, ask.version, &payload);
	return reading_end(&ask, answered, readings, capacity, ret_count);
}

/*
 * ---- Configuration ----
 */

struct vscmi_result vscmi_sensor_trip_point_set(struct vscmi_agent *agent,
						uint32_t sensor_id, uint8_t trip_point_id,
						enum vscmi_sensor_edge edge,
						int64_t value)
{
	const struct vscmi_sensor_trip_point_config_request request = {
		.sensor_id = sensor_id,
		.trip_point_id = trip_point_id,
		.edge = edge,
		.value = value,
	};

	return sensor_trip_point_config_tell(agent, &request);
}

struct vscmi_result vscmi_sensor_config_get(struct vscmi_agent *agent, uint32_t sensor_id,
					    struct vscmi_sensor_config *ret_config)
{
	const struct vscmi_sensor_config_get_request request = { .sensor_id = sensor_id };
	struct vscmi_sensor_config_get_reply reply;
	struct vscmi_result result = sensor_config_get_call(agent, &request, &reply);

	if (!vscmi_failed(result))
		*ret_config = (struct vscmi_sensor_config){
			.enabled = reply.enabled,
			.timestamps = reply.timestamps,
			.update_interval = {
				.seconds = (uint16_t)reply.seconds,
				.exponent = (int8_t)reply.exponent,
			},
		};
	return result;
}

struct vscmi_result vscmi_sensor_config_set(struct vscmi_agent *agent, uint32_t sensor_id,
					    const struct vscmi_sensor_config *config,
					    enum vscmi_sensor_rounding rounding)
{
	const struct vscmi_sensor_config_set_request request = {
		.sensor_id = sensor_id,
		.seconds = config->update_interval.seconds,
		.exponent = config->update_interval.exponent,
		.round_nearest = rounding == VSCMI_SENSOR_ROUND_NEAREST,
		.round_up = rounding == VSCMI_SENSOR_ROUND_UP,
		.timestamps = config->timestamps,
		.enabled = config->enabled,
	};

	return sensor_config_set_tell(agent, &request);
}

/*
 * ---- Notifications ----
 */

static struct vscmi_result count_sensors(struct vscmi_agent *agent, uint32_t *ret_count)
{
	struct vscmi_sensor_protocol protocol;
	struct vscmi_result result = vscmi_sensor_protocol_get(agent, &protocol);

	if (!vscmi_failed(result))
		*ret_count = protocol.sensors;
	return result;
}

static struct vscmi_result notify_trip_point(struct vscmi_agent *agent,
					     uint32_t sensor_id, bool enable)
{
	const struct vscmi_sensor_trip_point_notify_request request = {
		.sensor_id = sensor_id,
		.enable = enable,
	};

	return sensor_trip_point_notify_tell(agent, &request);
}

static struct vscmi_result notify_update(struct vscmi_agent *agent, uint32_t sensor_id,
					 bool enable)
{
	const struct vscmi_sensor_continuous_update_notify_request request = {
		.sensor_id = sensor_id,
		.enable = enable,
	};

	return sensor_continuous_update_notify_tell(agent, &request);
}

static bool decode_trip_point(struct vscmi_agent *agent, struct vscmi_in *in,
			      uint32_t version)
{
	struct vscmi_sensor_trip_point_event_payload payload;
	struct vscmi_event event = { .kind = VSCMI_EVENT_SENSOR_TRIP_POINT };

	vscmi_sensor_trip_point_event_payload_get(in, version, &payload);
	event.agent_id = payload.agent_id;
	event.resource_id = payload.sensor_id;
	event.trip_point.trip_point_id = payload.trip_point_id;
	event.trip_point.rising = payload.rising;
	return vscmi_event_deliver(agent, &event, in);
}

static bool decode_update(struct vscmi_agent *agent, struct vscmi_in *in,
			  uint32_t version)
{
	struct vscmi_sensor_reading readings[VSCMI_SENSOR_READINGS_MAX];
	struct vscmi_sensor_update_payload payload;
	struct vscmi_event event = { .kind = VSCMI_EVENT_SENSOR_UPDATE };

	vscmi_sensor_update_payload_get(in, version, &payload);
	event.agent_id = payload.agent_id;
	event.resource_id = payload.sensor_id;
	event.update.readings = readings;
	readings_get(in, version, readings, VSCMI_SENSOR_READINGS_MAX,
		     &event.update.count);
	return vscmi_event_deliver(agent, &event, in);
}

static const struct vscmi_notification notifications[] = {
	[VSCMI_SENSOR_TRIP_POINT_EVENT] = {
		.since = 0x10000,
		.notify = notify_trip_point,
		.resources = count_sensors,
		.decode = decode_trip_point,
	},
	[VSCMI_SENSOR_UPDATE] = {
		.since = 0x20000,
		.notify = notify_update,
		.resources = count_sensors,
		.decode = decode_update,
	},
};

const struct vscmi_notifications vscmi_sensor_notifications = {
	.table = notifications,
	.count = sizeof(notifications) / sizeof(notifications[0]),
};
