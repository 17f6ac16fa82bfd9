/* SPDX-License-Identifier: BSD-3-Clause */
#include "interrupt.h"

#include <stdio.h>

static void on_signal(void *context, uint32_t events)
{
	struct cli_interrupt *interrupt = context;

	interrupt->happened = true;
}

bool cli_interrupt_begin(struct cli *cli, struct cli_interrupt *interrupt)
{
	*interrupt = (struct cli_interrupt){
		.watch = { .ready = on_signal, .context = interrupt },
	};
	return vscmi_loop_add_signals(cli->loop, &interrupt->watch) == VSCMI_OK;
}

void cli_interrupt_end(struct cli *cli, struct cli_interrupt *interrupt)
{
	vscmi_loop_remove_signals(cli->loop, &interrupt->watch);
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
