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

/*
 * Ready a link, down, to what is at path, or will be: the folder of an SCMI instance
 * (/sys/kernel/debug/scmi/0), for commands through the channel that the kernel chooses; or that of
 * one of its channels (.../raw/channels/0x14), for commands through this one; or the file
 * message_poll in its raw folder or in a channel's, for commands whose replies the kernel polls
 * for (Linux 6.16 and later). The loop outlives the link, and so does the path. Errors:
 * VSCMI_E_NO_MEMORY.
 *
 * Opening it opens the files, and keeps other links away from them: the link goes up, and down
 * when the kernel takes the files away. Its limits are what the folder says. What the kernel had
 * queued for who was here before is gone. VSCMI_E_LINK_LOST: nothing is there, and the problem
 * says what is missing. VSCMI_E_BUSY: another link uses it. VSCMI_E_UNSUPPORTED: what is there
 * does not look like raw mode.
 *
 * To send may block where the kernel does: on a token that it has not let go of, for up to the
 * kernel's timeout, after which nothing was sent and the error is VSCMI_E_BUSY; and on transports
 * that carry one command at a time, until the one before is done.
 */
enum vscmi_error vscmi_raw_link_new(struct vscmi_loop *loop, const char *path,
				    struct vscmi_connection **ret_connection,
				    struct vscmi_problem *problem);

#endif
