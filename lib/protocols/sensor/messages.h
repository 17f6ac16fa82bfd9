/* SPDX-License-Identifier: BSD-3-Clause */
/* What message/generate.h makes of messages.def. */
#ifndef VSCMI_PROTOCOLS_SENSOR_MESSAGES_H
#define VSCMI_PROTOCOLS_SENSOR_MESSAGES_H

#define VSCMI_ROWS "protocols/sensor/messages.def"
#include "message/generate.h"

#endif
