/* SPDX-License-Identifier: BSD-3-Clause */
/* The messages of the System power management protocol, to look up and to show. */
#include "protocols/system/messages.h"
#include "protocols/common.h"

#define PROTOCOL   SYSTEM
#define MESSAGES   vscmi_system_messages
#define VSCMI_ROWS "protocols/system/messages.def"
#include "protocols/table_rows.h"
