/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <vscmi/host/loop.h>

/* A descriptor and not a handler: nothing is ever interrupted. */
enum vscmi_error vscmi_loop_add_signals(struct vscmi_loop *loop,
					struct vscmi_watch *watch)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	watch->fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (watch->fd < 0)
		return VSCMI_E_SYSTEM;
	if (vscmi_loop_add(loop, watch, EPOLLIN)) {
		int saved_errno = errno;

		close(watch->fd);
		watch->fd = -1;
		errno = saved_errno;
		return VSCMI_E_SYSTEM;
	}
	return VSCMI_OK;
}

void vscmi_loop_remove_signals(struct vscmi_loop *loop, struct vscmi_watch *watch)
{
	vscmi_loop_remove(loop, watch);
	close(watch->fd);
}
