/* SPDX-License-Identifier: BSD-3-Clause */
/* What message/generate.h makes of messages.def. */
#ifndef VSCMI_PROTOCOLS_CLOCK_MESSAGES_H
#define VSCMI_PROTOCOLS_CLOCK_MESSAGES_H

#define VSCMI_ROWS "protocols/clock/messages.def"
#include "message/generate.h"

#endif
