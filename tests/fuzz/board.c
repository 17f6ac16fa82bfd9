/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A board file: whatever it holds, the loader says what is wrong or gives a board, and a board
 * that was loaded gives a platform that runs, and rules that the fault layer takes. The same
 * bytes are a rule too, alone as the control socket gets it.
 */
#include <stdlib.h>
#include <string.h>

#include <vscmi/host/board.h>

#include "fuzz.h"

static void run(struct vscmi_board *board)
{
	struct vscmi_platform *platform;
	enum vscmi_error error = vscmi_board_start(board, 0, &platform);

	if (error == VSCMI_E_NO_MEMORY)
		return;
	if (error)
		abort();
	for (uint64_t now_us = 1; now_us < UINT64_C(1) << 50; now_us *= 1024)
		vscmi_platform_advance(platform, now_us);
}

/* A rule is in the ranges of the fault layer, and its text reads as the same. */
static void use(const struct vscmi_board *board, const struct vscmi_fault_rule *rule)
{
	static struct vscmi_service nobody;
	const struct vscmi_faults_config config = {
		.service = &nobody,
		.agent_count = (uint8_t)vscmi_board_agent_count(board),
		.rules_max = 1,
		.messages_max = 1,
	};
	size_t bytes = vscmi_faults_bytes(&config);
	void *memory = malloc(bytes);
	struct vscmi_fault_rule again;
	struct vscmi_faults *faults;
	char text[512], same[512];
	uint32_t id;

	if (vscmi_faults_init(&config, memory, bytes, &faults) ||
	    vscmi_faults_add(faults, rule, &id))
		abort();
	free(memory);
	if (vscmi_board_fault_write(board, rule, text, sizeof(text)) >= sizeof(text))
		abort();
	/* Names of agents may have characters that YAML wants escaped. */
	if (rule->agent_id)
		return;
	if (vscmi_board_fault_read(board, text, strlen(text), &again, NULL))
		abort();
	vscmi_board_fault_write(board, &again, same, sizeof(same));
	if (strcmp(text, same))
		abort();
}

static void read_rule(const char *text, size_t length)
{
	static const char agents[] = "agents: [{ name: a }]";
	struct vscmi_problem problem = { "" };
	struct vscmi_fault_rule rule;
	struct vscmi_board *board;

	if (vscmi_board_load_text(agents, strlen(agents), "agents", &board, NULL))
		return;
	if (!vscmi_board_fault_read(board, text, length, &rule, &problem))
		use(board, &rule);
	else if (!problem.text[0])
		abort();
	vscmi_board_free(board);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vscmi_problem problem = { "" };
	struct vscmi_board *board = NULL;
	enum vscmi_error error = vscmi_board_load_text((const char *)data, size,
						       "fuzz.yaml", &board, &problem);

	if ((error != VSCMI_OK) != (board == NULL) || (error && !problem.text[0]))
		abort();
	if (board) {
		for (uint32_t i = 0; i < vscmi_board_fault_rule_count(board); i++)
			use(board, &vscmi_board_fault_rules(board)[i]);
		run(board);
	}
	vscmi_board_free(board);
	read_rule((const char *)data, size);
	return 0;
}
