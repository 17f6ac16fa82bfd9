/* SPDX-License-Identifier: BSD-3-Clause */
/* The messages of the Clock management protocol, to look up and to show. */
#include "protocols/clock/messages.h"
#include "protocols/common.h"

#define PROTOCOL   CLOCK
#define MESSAGES   vscmi_clock_messages
#define VSCMI_ROWS "protocols/clock/messages.def"
#include "protocols/table_rows.h"
