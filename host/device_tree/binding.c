/* SPDX-License-Identifier: BSD-3-Clause */
#include "device_tree/binding.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A cell that says how many cells a reference to the node has, which is a constant. */
#define CELLS(text, value)                                                   \
	{                                                                    \
		.name = (text), .cell = true, .min = (value), .max = (value) \
	}
#define NUMBER(text, least)                                                     \
	{                                                                       \
		.name = (text), .cell = true, .min = (least), .max = UINT32_MAX \
	}
#define OTHER(text)            \
	{                      \
		.name = (text) \
	}

const struct binding_property vscmi_binding_properties[SCMI_PROPERTY_COUNT] = {
	[SCMI_COMPATIBLE] = OTHER("compatible"),
	[SCMI_ADDRESS_CELLS] = CELLS("#address-cells", 1),
	[SCMI_SIZE_CELLS] = CELLS("#size-cells", 0),
	[SCMI_INTERRUPT_PARENT] = NUMBER("interrupt-parent", 1),
	[SCMI_INTERRUPTS] = OTHER("interrupts"),
	[SCMI_INTERRUPT_NAMES] = OTHER("interrupt-names"),
	[SCMI_MBOX_NAMES] = OTHER("mbox-names"),
	[SCMI_MBOXES] = OTHER("mboxes"),
	[SCMI_SHMEM] = OTHER("shmem"),
	[SCMI_ATOMIC_THRESHOLD_US] = NUMBER("atomic-threshold-us", 0),
	[SCMI_MAX_RX_TIMEOUT_MS] = NUMBER("arm,max-rx-timeout-ms", 1),
	[SCMI_SMC_ID] = NUMBER("arm,smc-id", 0),
	[SCMI_OPTEE_CHANNEL_ID] = NUMBER("linaro,optee-channel-id", 0),
	[SCMI_REG] = NUMBER("reg", 0),
	[SCMI_POWER_DOMAIN_CELLS] = CELLS("#power-domain-cells", 1),
	[SCMI_CLOCK_CELLS] = CELLS("#clock-cells", 1),
	[SCMI_THERMAL_SENSOR_CELLS] = CELLS("#thermal-sensor-cells", 1),
	[SCMI_RESET_CELLS] = CELLS("#reset-cells", 1),
	[SCMI_PINCTRL_CELLS] = NUMBER("#pinctrl-cells", 0),
	[SCMI_PINCTRL_USE_DEFAULT] = OTHER("pinctrl-use-default"),
	[SCMI_NXP_CTRL_IDS] = OTHER("nxp,ctrl-ids"),
	[SCMI_PHANDLE] = NUMBER("phandle", 1),
	[SCMI_LINUX_PHANDLE] = NUMBER("linux,phandle", 1),
	[SCMI_STATUS] = OTHER("status"),
};

#define MAILBOXES (SCMI_SET(SCMI_MBOXES) | SCMI_SET(SCMI_MBOX_NAMES))
#define SMC_NEEDS (SCMI_SET(SCMI_SMC_ID) | SCMI_SET(SCMI_SHMEM))

const struct binding_transport vscmi_binding_transports[] = {
	{ .name = "virtio",
	  .compatible = "arm,scmi-virtio",
	  .forbids = SCMI_CHANNEL | SCMI_SET(SCMI_SMC_ID),
	  .once = true },
	{ .name = "mailbox",
	  .compatible = "arm,scmi",
	  .needs = SCMI_SET(SCMI_MBOXES) | SCMI_SET(SCMI_SHMEM),
	  .forbids = SCMI_SET(SCMI_INTERRUPTS) | SCMI_SET(SCMI_INTERRUPT_NAMES) |
		     SCMI_SET(SCMI_SMC_ID) },
	{ .name = "smc",
	  .compatible = "arm,scmi-smc",
	  .needs = SMC_NEEDS,
	  .forbids = MAILBOXES },
	{ .compatible = "arm,scmi-smc-param", .needs = SMC_NEEDS, .forbids = MAILBOXES },
	{ .compatible = "qcom,scmi-smc", .needs = SMC_NEEDS, .forbids = MAILBOXES },
	{ .compatible = "linaro,scmi-optee",
	  .needs = SCMI_SET(SCMI_OPTEE_CHANNEL_ID),
	  .forbids = MAILBOXES },
};

const size_t vscmi_binding_transport_count = COUNT(vscmi_binding_transports);

#define ONE_OF(property) .cells = SCMI_SET(property), .usual_cells = (property)

const struct binding_protocol vscmi_binding_protocols[] = {
	{ .id = 0x11, .label = "scmi_devpd", ONE_OF(SCMI_POWER_DOMAIN_CELLS) },
	{ .id = 0x12, .label = "scmi_system" },
	{ .id = 0x13,
	  .label = "scmi_dvfs",
	  .cells = SCMI_SET(SCMI_POWER_DOMAIN_CELLS) | SCMI_SET(SCMI_CLOCK_CELLS),
	  .usual_cells = SCMI_POWER_DOMAIN_CELLS },
	{ .id = 0x14, .label = "scmi_clk", ONE_OF(SCMI_CLOCK_CELLS) },
	{ .id = 0x15, .label = "scmi_sensors", ONE_OF(SCMI_THERMAL_SENSOR_CELLS) },
	{ .id = 0x16, .label = "scmi_reset", ONE_OF(SCMI_RESET_CELLS) },
	{ .id = 0x17, .label = "scmi_voltage" },
	{ .id = 0x18, .label = "scmi_powercap" },
	{ .id = 0x19,
	  .label = "scmi_pinctrl",
	  .may = SCMI_SET(SCMI_PINCTRL_CELLS) | SCMI_SET(SCMI_PINCTRL_USE_DEFAULT) },
	/* The vendor protocols of NXP's i.MX95. */
	{ .id = 0x81, .label = "scmi_bbm" },
	{ .id = 0x84, .label = "scmi_misc", .may = SCMI_SET(SCMI_NXP_CTRL_IDS) },
};

const size_t vscmi_binding_protocol_count = COUNT(vscmi_binding_protocols);

const struct binding_protocol *vscmi_binding_protocol(uint32_t id)
{
	for (size_t i = 0; i < COUNT(vscmi_binding_protocols); i++) {
		if (vscmi_binding_protocols[i].id == id)
			return &vscmi_binding_protocols[i];
	}
	return NULL;
}

#define NAMED(text) .names = (text), .names_bytes = sizeof(text)

static const struct binding_mailboxes mailboxes[] = {
	{ .mboxes = 1, .areas = 1, NAMED("tx") },
	{ .mboxes = 2, .areas = 2, NAMED("tx\0rx") },
	/* Where a mailbox has one direction, answers come by another. */
	{ .mboxes = 2, .areas = 1, NAMED("tx\0tx_reply") },
	{ .mboxes = 3, .areas = 2, NAMED("tx\0tx_reply\0rx") },
	{ .mboxes = 4, .areas = 2, NAMED("tx\0tx_reply\0rx\0rx_reply") },
};

const struct binding_mailboxes *vscmi_binding_mailboxes(size_t mboxes, size_t areas)
{
	for (size_t i = 0; i < COUNT(mailboxes); i++) {
		if (mailboxes[i].mboxes == mboxes && mailboxes[i].areas == areas)
			return &mailboxes[i];
	}
	return NULL;
}
