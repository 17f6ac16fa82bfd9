/* SPDX-License-Identifier: BSD-3-Clause */
/* The messages that every protocol has, to show. */
#include "protocols/common.h"

#define VSCMI_ROWS "protocols/common.def"
#include "message/generate_visit.h"
