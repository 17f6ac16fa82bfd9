/* SPDX-License-Identifier: BSD-3-Clause */
/* What message/generate.h makes of messages.def. */
#ifndef VSCMI_PROTOCOLS_SYSTEM_MESSAGES_H
#define VSCMI_PROTOCOLS_SYSTEM_MESSAGES_H

#define VSCMI_ROWS "protocols/system/messages.def"
#include "message/generate.h"

#endif
