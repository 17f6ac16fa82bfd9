/* SPDX-License-Identifier: BSD-3-Clause */
/* The protocols of protocols.def, numbered without holes: each has its place in an array. */
#ifndef VSCMI_PROTOCOLS_PLACES_H
#define VSCMI_PROTOCOLS_PLACES_H

enum {
#define PROTOCOL(NAME, ...) VSCMI_PLACE_##NAME,
#include "protocols/protocols.def"
#undef PROTOCOL
	VSCMI_PLACES
};

#endif
