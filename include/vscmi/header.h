/* SPDX-License-Identifier: BSD-3-Clause */
/* The message header word: DEN0056, "Message header format". */
#ifndef VSCMI_HEADER_H
#define VSCMI_HEADER_H

#include <stdint.h>

#define VSCMI_HEADER_BYTES 4u
#define VSCMI_STATUS_BYTES 4u
#define VSCMI_TOKENS       1024u

enum vscmi_message_type {
	VSCMI_COMMAND = 0, /* and its reply */
	VSCMI_TYPE_RESERVED = 1,
	VSCMI_DELAYED_RESPONSE = 2,
	VSCMI_NOTIFICATION = 3,
};

enum vscmi_protocol {
	VSCMI_PROTOCOL_BASE = 0x10,
	VSCMI_PROTOCOL_POWER = 0x11,
	VSCMI_PROTOCOL_SYSTEM = 0x12,
	VSCMI_PROTOCOL_PERFORMANCE = 0x13,
	VSCMI_PROTOCOL_CLOCK = 0x14,
	VSCMI_PROTOCOL_SENSOR = 0x15,
	VSCMI_PROTOCOL_RESET = 0x16,
	VSCMI_PROTOCOL_VOLTAGE = 0x17,
	VSCMI_PROTOCOL_POWERCAP = 0x18,
	VSCMI_PROTOCOL_PINCTRL = 0x19,
};

#define VSCMI_HEADER_RESERVED 0xf0000000u
#define VSCMI_HEADER_TYPE     0x00000300u

/* The header taken apart, without the reserved bits. */
struct vscmi_header {
	uint8_t message_id;
	uint8_t type;     /* enum vscmi_message_type */
	uint8_t protocol; /* enum vscmi_protocol, or a vendor's 0x80..0xff */
	uint16_t token;   /* 0..1023 */
};

static inline uint32_t vscmi_header_pack(struct vscmi_header header)
{
	return (uint32_t)header.message_id | (header.type & 3u) << 8 |
	       (uint32_t)header.protocol << 10 | (header.token & 0x3ffu) << 18;
}

static inline struct vscmi_header vscmi_header_unpack(uint32_t word)
{
	return (struct vscmi_header){
		.message_id = (uint8_t)(word & 0xffu),
		.type = (uint8_t)(word >> 8 & 3u),
		.protocol = (uint8_t)(word >> 10 & 0xffu),
		.token = (uint16_t)(word >> 18 & 0x3ffu),
	};
}

#endif
