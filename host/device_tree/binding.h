/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The device tree binding of SCMI as tables: what is added to a tree and what a tree is checked
 * against. It is Documentation/devicetree/bindings/firmware/arm,scmi.yaml of Linux 6.12.
 */
#ifndef VSCMI_DEVICE_TREE_BINDING_H
#define VSCMI_DEVICE_TREE_BINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum scmi_property {
	SCMI_COMPATIBLE,
	SCMI_ADDRESS_CELLS,
	SCMI_SIZE_CELLS,
	SCMI_INTERRUPT_PARENT,
	SCMI_INTERRUPTS,
	SCMI_INTERRUPT_NAMES,
	SCMI_MBOX_NAMES,
	SCMI_MBOXES,
	SCMI_SHMEM,
	SCMI_ATOMIC_THRESHOLD_US,
	SCMI_MAX_RX_TIMEOUT_MS,
	SCMI_SMC_ID,
	SCMI_OPTEE_CHANNEL_ID,
	SCMI_REG,
	SCMI_POWER_DOMAIN_CELLS,
	SCMI_CLOCK_CELLS,
	SCMI_THERMAL_SENSOR_CELLS,
	SCMI_RESET_CELLS,
	SCMI_PINCTRL_CELLS,
	SCMI_PINCTRL_USE_DEFAULT,
	SCMI_NXP_CTRL_IDS,
	/* Any node may have these. */
	SCMI_PHANDLE,
	SCMI_LINUX_PHANDLE,
	SCMI_STATUS,
	SCMI_PROPERTY_COUNT,
};

/* Sets of them. */
#define SCMI_SET(property) (UINT32_C(1) << (property))
#define SCMI_ANY_NODE \
	(SCMI_SET(SCMI_PHANDLE) | SCMI_SET(SCMI_LINUX_PHANDLE) | SCMI_SET(SCMI_STATUS))
/* A channel: of the node, and where the transport can, of a protocol of its own. */
#define SCMI_CHANNEL                                                                \
	(SCMI_SET(SCMI_MBOX_NAMES) | SCMI_SET(SCMI_MBOXES) | SCMI_SET(SCMI_SHMEM) | \
	 SCMI_SET(SCMI_OPTEE_CHANNEL_ID))
/* What the SCMI node must have and may have, and what each of its protocols may have. */
#define SCMI_NODE_NEEDS                                             \
	(SCMI_SET(SCMI_COMPATIBLE) | SCMI_SET(SCMI_ADDRESS_CELLS) | \
	 SCMI_SET(SCMI_SIZE_CELLS))
#define SCMI_NODE_MAY                                                          \
	(SCMI_NODE_NEEDS | SCMI_CHANNEL | SCMI_ANY_NODE |                      \
	 SCMI_SET(SCMI_INTERRUPT_PARENT) | SCMI_SET(SCMI_INTERRUPTS) |         \
	 SCMI_SET(SCMI_INTERRUPT_NAMES) | SCMI_SET(SCMI_ATOMIC_THRESHOLD_US) | \
	 SCMI_SET(SCMI_MAX_RX_TIMEOUT_MS) | SCMI_SET(SCMI_SMC_ID))
#define SCMI_PROTOCOL_MAY (SCMI_SET(SCMI_REG) | SCMI_CHANNEL | SCMI_ANY_NODE)

struct binding_property {
	const char *name;
	bool cell; /* its value is one cell, in this range */
	uint32_t min, max;
};

extern const struct binding_property vscmi_binding_properties[SCMI_PROPERTY_COUNT];

struct binding_transport {
	const char *name; /* NULL: trees that have it are checked, it cannot be added */
	const char *compatible;
	uint32_t needs, forbids;
	bool once; /* a tree has one node of it at most */
};

extern const struct binding_transport vscmi_binding_transports[];
extern const size_t vscmi_binding_transport_count;

struct binding_protocol {
	uint8_t id;
	const char *label; /* as the binding's examples and most trees have it */
	uint32_t cells;    /* it has exactly one of these, */
	enum scmi_property usual_cells; /* this one, if we choose */
	uint32_t may;                   /* what else it has of its own */
};

/* By rising ids. */
extern const struct binding_protocol vscmi_binding_protocols[];
extern const size_t vscmi_binding_protocol_count;

/* NULL: the binding does not know it. */
const struct binding_protocol *vscmi_binding_protocol(uint32_t id);

/* How many mailboxes and areas of shared memory go together, and what mbox-names is then. */
struct binding_mailboxes {
	uint32_t mboxes, areas;
	const char *names;
	size_t names_bytes; /* as a property: with a NUL behind each */
};

/* NULL: they do not go together. */
const struct binding_mailboxes *vscmi_binding_mailboxes(size_t mboxes, size_t areas);

#endif
