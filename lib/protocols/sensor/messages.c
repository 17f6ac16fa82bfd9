/* SPDX-License-Identifier: BSD-3-Clause */
/* The messages of the Sensor management protocol, to look up and to show. */
#include "protocols/sensor/messages.h"
#include "protocols/common.h"

#define PROTOCOL   SENSOR
#define MESSAGES   vscmi_sensor_messages
#define VSCMI_ROWS "protocols/sensor/messages.def"
#include "protocols/table_rows.h"
