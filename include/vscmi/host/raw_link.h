/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An agent's link to the platform of the Linux kernel that runs here: the kernel's SCMI raw mode,
 * which is files in debugfs (Linux 6.3 and later, CONFIG_ARM_SCMI_RAW_MODE_SUPPORT), on an event
 * loop. One thread.
 */
#ifndef VSCMI_HOST_RAW_LINK_H
#define VSCMI_HOST_RAW_LINK_H

#include <vscmi/host/connection.h>
#include <vscmi/host/loop.h>
#include <vscmi/host/problem.h>
#include <vscmi/link.h>

struct vscmi_raw_link;

/*
 * Ready a link, down, to what is at path, or will be: the folder of an SCMI instance
 * (/sys/kernel/debug/scmi/0), for commands through the channel that the kernel chooses; or that of
 * one of its channels (.../raw/channels/0x14), for commands through this one; or the file
 * message_poll in its raw folder or in a channel's, for commands whose replies the kernel polls
 * for (Linux 6.16 and later). The loop outlives the link, and so does the path. Errors:
 * VSCMI_E_NO_MEMORY.
 */
enum vscmi_error vscmi_raw_link_new(struct vscmi_loop *loop, const char *path,
				    struct vscmi_raw_link **ret_link,
				    struct vscmi_problem *problem);

/* Stop, and close the files. The agent on it is not used after that. NULL is fine. */
void vscmi_raw_link_free(struct vscmi_raw_link *link);

/*
 * For vscmi_agent_init(). To send may block where the kernel does: on a token that it has not let
 * go of, for up to the kernel's timeout, after which nothing was sent and the error is
 * VSCMI_E_BUSY; and on transports that carry one command at a time, until the one before is done.
 */
struct vscmi_link *vscmi_raw_link(struct vscmi_raw_link *link);

/*
 * To open the files, and keep other links away from them, once the link has its agent: the link
 * goes up, and down when the kernel takes the files away. Its limits are what the folder says. What
 * the kernel had queued for who was here before is gone. VSCMI_E_LINK_LOST: nothing is there,
 * and the problem says what is missing. VSCMI_E_BUSY: another link uses it. VSCMI_E_UNSUPPORTED:
 * what is there does not look like raw mode.
 */
struct vscmi_connection *vscmi_raw_link_connection(struct vscmi_raw_link *link);

#endif
