/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls of the Base protocol, 0x10. All of them wait; <vscmi/agent.h> says what all of
 * them can return.
 */
#ifndef VSCMI_AGENT_BASE_H
#define VSCMI_AGENT_BASE_H

#include <stdbool.h>
#include <stdint.h>

#include <vscmi/agent.h>

/* 15 characters and a NUL. */
#define VSCMI_BASE_NAME_BYTES 16u

/* The agent id that means the caller, from 2.0 on. */
#define VSCMI_BASE_SELF UINT32_MAX

struct vscmi_base_attributes {
	uint32_t protocols; /* besides base */
	uint32_t agents;    /* besides the platform; 0: agents cannot be discovered */
};

struct vscmi_base_agent {
	uint32_t agent_id; /* in 1.0, where it is not told, as it was asked for */
	char name[VSCMI_BASE_NAME_BYTES];
};

/* An entry of a VSCMI_EVENT_BASE_ERROR. */
struct vscmi_base_error {
	struct vscmi_header header; /* of the message that failed */
	int32_t status;
};

/* PROTOCOL_ATTRIBUTES */
struct vscmi_result vscmi_base_attributes_get(
	struct vscmi_agent *agent, struct vscmi_base_attributes *ret_attributes);

/* BASE_DISCOVER_VENDOR */
struct vscmi_result vscmi_base_vendor(struct vscmi_agent *agent,
				      char ret_name[VSCMI_BASE_NAME_BYTES]);

/* BASE_DISCOVER_SUB_VENDOR */
struct vscmi_result vscmi_base_sub_vendor(struct vscmi_agent *agent,
					  char ret_name[VSCMI_BASE_NAME_BYTES]);

/* BASE_DISCOVER_IMPLEMENTATION_VERSION: in the vendor's own format. */
struct vscmi_result vscmi_base_implementation_version(struct vscmi_agent *agent,
						      uint32_t *ret_version);

/* BASE_DISCOVER_LIST_PROTOCOLS: the ids of the protocols this agent may use, base not
 * among them. */
void vscmi_base_protocols(struct vscmi_list *list, struct vscmi_agent *agent);
bool vscmi_base_protocols_next(struct vscmi_list *list, uint8_t *ret_protocol);

/* BASE_DISCOVER_AGENT: agent_id 0 is the platform, VSCMI_BASE_SELF the caller. */
struct vscmi_result vscmi_base_agent_get(struct vscmi_agent *agent, uint32_t agent_id,
					 struct vscmi_base_agent *ret_agent);

/* BASE_SET_DEVICE_PERMISSIONS: let an agent use a device, or hide it. From 2.0 on. */
struct vscmi_result vscmi_base_device_permission_set(struct vscmi_agent *agent,
						     uint32_t agent_id,
						     uint32_t device_id, bool allow);

/* BASE_SET_PROTOCOL_PERMISSIONS: the same for one protocol of a device. From 2.0 on. */
struct vscmi_result vscmi_base_protocol_permission_set(struct vscmi_agent *agent,
						       uint32_t agent_id,
						       uint32_t device_id,
						       uint8_t protocol, bool allow);

/*
 * BASE_RESET_AGENT_CONFIGURATION: return what an agent configured to its defaults, its
 * permissions too if reset_permissions. From 2.0 on.
 */
struct vscmi_result vscmi_base_agent_reset(struct vscmi_agent *agent, uint32_t agent_id,
					   bool reset_permissions);

#endif
