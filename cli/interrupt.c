/* SPDX-License-Identifier: BSD-3-Clause */
#include "interrupt.h"

#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

static void on_signal(void *context, uint32_t events)
{
	struct cli_interrupt *interrupt = context;

	interrupt->happened = true;
}

bool cli_interrupt_begin(struct cli *cli, struct cli_interrupt *interrupt)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	*interrupt = (struct cli_interrupt){
		.watch = { .fd = signalfd(-1, &signals, SFD_CLOEXEC),
			   .ready = on_signal,
			   .context = interrupt },
	};
	return interrupt->watch.fd >= 0 &&
	       vscmi_loop_add(cli->loop, &interrupt->watch, EPOLLIN) == VSCMI_OK;
}

void cli_interrupt_end(struct cli *cli, struct cli_interrupt *interrupt)
{
	vscmi_loop_remove(cli->loop, &interrupt->watch);
	close(interrupt->watch.fd);
}

int cli_hold(struct cli *cli)
{
	static const _Atomic uint32_t nothing;
	struct cli_interrupt interrupt;

	if (!cli_interrupt_begin(cli, &interrupt))
		return cli_failed(cli, vscmi_local(VSCMI_E_SYSTEM), "signals");
	fputs("holding it, Ctrl-C lets go\n", stderr);
	while (!interrupt.happened && vscmi_agent_is_up(cli->agent))
		cli->port->ops->wait(cli->port, &nothing, 0, VSCMI_NEVER);
	cli_interrupt_end(cli, &interrupt);
	return interrupt.happened
		       ? CLI_DONE
		       : cli_failed(cli, vscmi_local(VSCMI_E_LINK_LOST), "hold");
}
