/* SPDX-License-Identifier: BSD-3-Clause */
/* Ctrl-C as an event, for commands that have something to undo or to hold until then. */
#ifndef VSCMI_CLI_INTERRUPT_H
#define VSCMI_CLI_INTERRUPT_H

#include "cli.h"

struct cli_interrupt {
	struct vscmi_watch watch;
	bool happened; /* SIGINT or SIGTERM has come */
};

/* From now on they set happened instead of ending vscmi. False: errno says why. */
bool cli_interrupt_begin(struct cli *cli, struct cli_interrupt *interrupt);
void cli_interrupt_end(struct cli *cli, struct cli_interrupt *interrupt);

/* Stay connected until one comes or the link is lost, and return an exit status. */
int cli_hold(struct cli *cli);

#endif
