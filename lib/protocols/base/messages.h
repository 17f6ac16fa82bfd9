/* SPDX-License-Identifier: BSD-3-Clause */
/* What message/generate.h makes of messages.def. */
#ifndef VSCMI_PROTOCOLS_BASE_MESSAGES_H
#define VSCMI_PROTOCOLS_BASE_MESSAGES_H

#define VSCMI_ROWS "protocols/base/messages.def"
#include "message/generate.h"

#endif
