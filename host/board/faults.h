/* SPDX-License-Identifier: BSD-3-Clause */
/* What a board file says under `faults`: a seed, and rules for the fault layer. */
#ifndef VSCMI_BOARD_FAULTS_H
#define VSCMI_BOARD_FAULTS_H

#include <vscmi/fault.h>
#include <vscmi/message.h>

#include "board/array.h"

/* How long a message waits at most for another one, if the rule does not say. */
#define VSCMI_FAULT_PATIENCE_US 1000000

/* By how much a delayed response is early where nobody says, if there is so much time. */
#define VSCMI_FAULT_LEAD_US 1000

struct vscmi_board_faults {
	uint32_t seed;
	struct vscmi_array rules; /* struct vscmi_fault_rule */
};

/* agents, struct vscmi_board_agent, are those whom a rule may name. */
void vscmi_read_faults(struct vscmi_reader *reader, yaml_node_t *node,
		       const struct vscmi_array *agents,
		       struct vscmi_board_faults *faults);

/* One rule. */
void vscmi_read_fault_rule(struct vscmi_reader *reader, yaml_node_t *node,
			   const struct vscmi_array *agents,
			   struct vscmi_fault_rule *rule);

/*
 * ---- For who writes a rule ----
 */

/* The keys of a rule with this fault. */
const struct vscmi_keys *vscmi_fault_keys(enum vscmi_fault fault);

/* The kind of message that is a bit of a set of messages: "reply"; NULL: no more. */
const char *vscmi_fault_message_kind(uint32_t bit);

/* The messages that a fault can be done to, of those with a message's name; NULL: of all. */
uint32_t vscmi_fault_messages(enum vscmi_fault fault,
			      const struct vscmi_message *message);

#endif
