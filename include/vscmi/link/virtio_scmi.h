/* SPDX-License-Identifier: BSD-3-Clause */
/* Numbers of the SCMI device: virtio 1.2, "SCMI Device". */
#ifndef VSCMI_LINK_VIRTIO_SCMI_H
#define VSCMI_LINK_VIRTIO_SCMI_H

#include <stdint.h>

#define VSCMI_VIRTIO_DEVICE_ID 32u

enum vscmi_virtio_queue {
	VSCMI_VIRTIO_CMDQ = 0,
	VSCMI_VIRTIO_EVENTQ = 1, /* with P2A_CHANNELS */
	VSCMI_VIRTIO_QUEUES = 2,
};

#define VSCMI_VIRTIO_F_P2A_CHANNELS  (UINT64_C(1) << 0)
#define VSCMI_VIRTIO_F_SHARED_MEMORY (UINT64_C(1) << 1)

#endif
