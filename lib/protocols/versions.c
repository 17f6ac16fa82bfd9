/* SPDX-License-Identifier: BSD-3-Clause */
#include "vscmi/message.h"

#define LIST(...) ((const uint32_t[]){ __VA_ARGS__ })
#define LAST(...) LIST(__VA_ARGS__)[sizeof(LIST(__VA_ARGS__)) / sizeof(uint32_t) - 1]

uint32_t vscmi_protocol_newest_version(uint8_t protocol)
{
	switch (protocol) {
#define PROTOCOL(NAME, name, id, negotiates, ...) \
	case id:                                  \
		return LAST(__VA_ARGS__);
#include "protocols/protocols.def"
#undef PROTOCOL
	default:
		return 0;
	}
}
