/* SPDX-License-Identifier: BSD-3-Clause */
/* Which version of each protocol both ends speak. */
#include "agent/call.h"
#include "protocols/common.h"
#include "protocols/places.h"
#include "vscmi/message.h"

_Static_assert(VSCMI_PLACES <= VSCMI_AGENT_PROTOCOLS,
	       "vscmi/agent.h counts protocols.def");

/* VSCMI_PLACES: none. */
static uint32_t place_of(uint8_t protocol)
{
	switch (protocol) {
#define PROTOCOL(NAME, name, id, ...) \
	case id:                      \
		return VSCMI_PLACE_##NAME;
#include "protocols/protocols.def"
#undef PROTOCOL
	default:
		return VSCMI_PLACES;
	}
}

/* No version that this library knows has more bits. */
#define VERSION_BITS 20

/*
 * What is kept says in which start of the link it was learnt; after that it is not known. Each
 * start clears it, so that the start need not be told from one so long ago that its bits are the
 * same: they are for who learnt it before the start, and keeps it after.
 */
static uint32_t start_of(uint32_t epoch)
{
	return epoch >> 1 << VERSION_BITS;
}

uint32_t vscmi_agent_version(const struct vscmi_agent *agent, uint8_t protocol)
{
	uint32_t place = place_of(protocol);
	uint32_t kept = place < VSCMI_PLACES ? atomic_load(&agent->versions[place]) : 0;
	uint32_t version = kept & ((UINT32_C(1) << VERSION_BITS) - 1);

	return kept - version == start_of(atomic_load(&agent->epoch)) ? version : 0;
}

/* Unless another platform has come up meanwhile, of which others may have learnt. */
static void keep_version(struct vscmi_agent *agent, uint32_t place, uint32_t version,
			 uint32_t epoch)
{
	uint32_t kept = atomic_load(&agent->versions[place]);

	while (atomic_load(&agent->epoch) == epoch &&
	       !atomic_compare_exchange_weak(&agent->versions[place], &kept,
					     start_of(epoch) | version))
		;
}

struct vscmi_result vscmi_agent_protocol_version(struct vscmi_agent *agent,
						 uint8_t protocol, uint32_t *ret_version)
{
	struct vscmi_ask ask;
	struct vscmi_protocol_version_reply reply;
	struct vscmi_result result;

	vscmi_ask_begin(&ask, agent, protocol, VSCMI_PROTOCOL_VERSION, 0, VSCMI_SYNC);
	if (vscmi_ask_run(&ask))
		vscmi_protocol_version_reply_get(&ask.in, 0, &reply);
	result = vscmi_ask_end(&ask);
	if (!vscmi_failed(result))
		*ret_version = reply.major << 16 | reply.minor;
	return result;
}

struct vscmi_result vscmi_agent_message_attributes(struct vscmi_agent *agent,
						   uint8_t protocol, uint8_t message_id,
						   uint32_t *ret_attributes)
{
	const struct vscmi_protocol_message_attributes_request request = {
		.message_id = message_id,
	};
	struct vscmi_ask ask;
	struct vscmi_protocol_message_attributes_reply reply;
	struct vscmi_result result;

	vscmi_ask_begin(&ask, agent, protocol, VSCMI_PROTOCOL_MESSAGE_ATTRIBUTES, 0,
			VSCMI_SYNC);
	vscmi_protocol_message_attributes_request_put(&ask.out, 0, &request);
	if (vscmi_ask_run(&ask))
		vscmi_protocol_message_attributes_reply_get(&ask.in, 0, &reply);
	result = vscmi_ask_end(&ask);
	if (!vscmi_failed(result))
		*ret_attributes = reply.attributes;
	return result;
}

static struct vscmi_result negotiate(struct vscmi_agent *agent, uint8_t protocol,
				     uint32_t version)
{
	const struct vscmi_negotiate_protocol_version_request request = {
		.version = version
	};
	struct vscmi_ask ask;

	vscmi_ask_begin(&ask, agent, protocol, VSCMI_NEGOTIATE_PROTOCOL_VERSION, 0,
			VSCMI_SYNC);
	vscmi_negotiate_protocol_version_request_put(&ask.out, 0, &request);
	vscmi_ask_run(&ask);
	return vscmi_ask_end(&ask);
}

struct vscmi_result vscmi_agent_open(struct vscmi_agent *agent, uint8_t protocol,
				     uint32_t *ret_version)
{
	uint32_t epoch = atomic_load(&agent->epoch), place = place_of(protocol);
	uint32_t version = vscmi_agent_version(agent, protocol);
	uint32_t newest = vscmi_protocol_newest_version(protocol);
	struct vscmi_result result = vscmi_local(VSCMI_OK);

	if (place == VSCMI_PLACES)
		return vscmi_local(VSCMI_E_UNSUPPORTED);
	if (version == 0) {
		result = vscmi_agent_protocol_version(agent, protocol, &version);
		if (!vscmi_failed(result) && version == 0)
			result = vscmi_local(VSCMI_E_MALFORMED);
		if (vscmi_failed(result))
			return result;
		if (version > newest) {
			version = newest;
			/* One that refuses to come down goes on as it is: best effort. */
			result = negotiate(agent, protocol, newest);
			if (vscmi_failed(result) && result.error != VSCMI_E_REFUSED)
				return result;
		}
		keep_version(agent, place, version, epoch);
	}
	if (ret_version)
		*ret_version = version;
	return vscmi_local(VSCMI_OK);
}
