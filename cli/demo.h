/* SPDX-License-Identifier: BSD-3-Clause */
/* The demo board, its platform and a loop link to it, in this process. */
#ifndef VSCMI_CLI_DEMO_H
#define VSCMI_CLI_DEMO_H

#include <vscmi/host/loop.h>
#include <vscmi/host/problem.h>
#include <vscmi/link.h>
#include <vscmi/port.h>

struct cli_demo;

/* The loop outlives the demo. */
enum vscmi_error cli_demo_new(struct vscmi_loop *loop, struct cli_demo **ret_demo,
			      struct vscmi_problem *problem);
void cli_demo_free(struct cli_demo *demo); /* NULL is fine */

/* A port whose wait runs the loop and keeps the platform's time going. */
struct vscmi_port *cli_demo_port(struct cli_demo *demo);
struct vscmi_link *cli_demo_link(struct cli_demo *demo);

/* Take the link up, once it has its agent. */
enum vscmi_error cli_demo_start(struct cli_demo *demo);

#endif
