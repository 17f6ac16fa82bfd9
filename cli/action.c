/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "cli.h"

int cli_run_action(struct cli *cli, const struct cli_action *actions, int argc,
		   char **argv)
{
	if (argc < 2)
		return cli_misused(cli, "what? vscmi %s --help tells", argv[0]);
	for (; actions->name; actions++) {
		if (strcmp(actions->name, argv[1]) == 0)
			return actions->run(cli, argc - 1, argv + 1);
	}
	return cli_misused(cli, "no action %s; vscmi %s --help lists them", argv[1],
			   argv[0]);
}
