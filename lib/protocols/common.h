/* SPDX-License-Identifier: BSD-3-Clause */
/* What message/generate.h makes of common.def. */
#ifndef VSCMI_PROTOCOLS_COMMON_H
#define VSCMI_PROTOCOLS_COMMON_H

#define VSCMI_ROWS "protocols/common.def"
#include "message/generate.h"

#endif
