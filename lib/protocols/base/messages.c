/* SPDX-License-Identifier: BSD-3-Clause */
/* The messages of the Base protocol, to look up and to show. */
#include "protocols/base/messages.h"
#include "protocols/common.h"

#define PROTOCOL   BASE
#define MESSAGES   vscmi_base_messages
#define VSCMI_ROWS "protocols/base/messages.def"
#include "protocols/table_rows.h"
