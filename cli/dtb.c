/* SPDX-License-Identifier: BSD-3-Clause */
/* vscmi dtb: device trees for kernels that find SCMI in them, docs/device-trees.md. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include <vscmi/agent/base.h>
#include <vscmi/host/device_tree.h>

#include "catalog.h"
#include "connection.h"
#include "output.h"

/* Of --mbox and of --shmem; the binding has fewer. */
#define REFERENCES_MAX 8u

/*
 * ---- vscmi dtb add ----
 */

struct add {
	const char *board, *agent;
	struct vscmi_device_tree_scmi scmi;
	const char *mboxes[REFERENCES_MAX], *shmem[REFERENCES_MAX];
	uint32_t smc_id;
	uint8_t protocols[UINT8_MAX];
};

static int add_reference(const struct cli *cli, const char *option,
			 const char *list[REFERENCES_MAX], size_t *count)
{
	if (*count == REFERENCES_MAX)
		return cli_misused(cli, "%s, expected it at most %u times", option,
				   REFERENCES_MAX);
	list[(*count)++] = optarg;
	return CLI_DONE;
}

static int parse_cell(const struct cli *cli, const char *option, uint64_t min,
		      uint32_t *ret_cell)
{
	uint64_t number;

	if (!cli_parse_number(optarg, UINT32_MAX, &number) || number < min)
		return cli_misused(cli, "%s %s, expected a number of 32 bits from %u on",
				   option, optarg, (unsigned int)min);
	*ret_cell = (uint32_t)number;
	return CLI_DONE;
}

static int parse_options(const struct cli *cli, int argc, char **argv, struct add *add)
{
	static const struct option options[] = {
		{ "board", required_argument, NULL, 'b' },
		{ "agent", required_argument, NULL, 'a' },
		{ "transport", required_argument, NULL, 't' },
		{ "mbox", required_argument, NULL, 'm' },
		{ "shmem", required_argument, NULL, 's' },
		{ "smc-id", required_argument, NULL, 'i' },
		{ "max-rx-timeout-ms", required_argument, NULL, 'x' },
		{ "replace", no_argument, NULL, 'r' },
		{ 0 },
	};
	struct vscmi_device_tree_scmi *scmi = &add->scmi;
	int option, status = CLI_DONE;

	while (status == CLI_DONE &&
	       (option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'b')
			add->board = optarg;
		else if (option == 'a')
			add->agent = optarg;
		else if (option == 't')
			scmi->transport = optarg;
		else if (option == 'm')
			status = add_reference(cli, "--mbox", add->mboxes,
					       &scmi->mbox_count);
		else if (option == 's')
			status = add_reference(cli, "--shmem", add->shmem,
					       &scmi->shmem_count);
		else if (option == 'i') {
			status = parse_cell(cli, "--smc-id", 0, &add->smc_id);
			scmi->smc_id = &add->smc_id;
		} else if (option == 'x')
			status = parse_cell(cli, "--max-rx-timeout-ms", 1,
					    &scmi->max_rx_timeout_ms);
		else if (option == 'r')
			scmi->replace = true;
		else
			status = cli_bad_option(cli, argv);
	}
	if (status == CLI_DONE && add->agent && !add->board)
		status = cli_misused(cli,
				     "--agent is one of a --board; a link has its own");
	if (status == CLI_DONE && argc - optind != 2)
		status = cli_misused(
			cli, "add takes a device tree, and a file for the new one");
	return status;
}

/* What the platform offers, as far as it can be told in a device tree. */
static int find_protocols(struct cli *cli, struct add *add)
{
	struct vscmi_list list;
	uint8_t id;

	vscmi_base_protocols(&list, cli->agent);
	while (add->scmi.protocol_count < sizeof(add->protocols) &&
	       vscmi_base_protocols_next(&list, &id)) {
		if (vscmi_device_tree_label(id))
			add->protocols[add->scmi.protocol_count++] = id;
		else
			fprintf(stderr,
				"vscmi: dtb: protocol 0x%02x has no place in device "
				"trees, "
				"it is left out\n",
				id);
	}
	return vscmi_failed(list.result) ? cli_failed(cli, list.result, "the platform")
					 : CLI_DONE;
}

static int change_file(const struct cli *cli, const struct add *add, const char *in,
		       const char *out)
{
	struct vscmi_device_tree *tree;
	struct vscmi_problem problem;
	enum vscmi_error error = vscmi_device_tree_load(in, &tree, &problem);

	if (error != VSCMI_OK)
		return cli_misused(cli, "%s", problem.text);
	error = vscmi_device_tree_add_scmi(tree, &add->scmi, &problem);
	if (error == VSCMI_OK)
		error = vscmi_device_tree_save(tree, out, &problem);
	vscmi_device_tree_free(tree);
	if (error == VSCMI_OK)
		return CLI_DONE;
	return error == VSCMI_E_INVALID ? cli_misused(cli, "%s", problem.text)
					: cli_refused(cli, "%s", problem.text);
}

static void id_cell(const struct cli *cli, const json_t *row, char text[CLI_CELL_BYTES])
{
	snprintf(text, CLI_CELL_BYTES, "0x%02x", (unsigned int)cli_number(row, "id"));
}

static void show_added(const struct cli *cli, const struct add *add)
{
	static const struct cli_column columns[] = {
		{ .title = "PROTOCOL", .cell = id_cell },
		{ .title = "LABEL", .key = "label" },
		{ .title = "NODE", .key = "node" },
	};
	json_t *rows = json_array();

	for (size_t i = 0; i < add->scmi.protocol_count; i++) {
		uint8_t id = add->protocols[i];
		char node[64];

		snprintf(node, sizeof(node), "/firmware/scmi/protocol@%x", id);
		json_array_append_new(
			rows, json_pack("{s:i, s:s, s:s}", "id", id, "label",
					vscmi_device_tree_label(id), "node", node));
	}
	if (cli->json)
		cli_json(rows, false);
	else
		cli_table(cli, rows, columns, sizeof(columns) / sizeof(columns[0]));
	json_decref(rows);
}

static int add(struct cli *cli, int argc, char **argv)
{
	struct add add = { .scmi.transport = "virtio" };
	int status;

	add.scmi.mboxes = add.mboxes;
	add.scmi.shmem = add.shmem;
	add.scmi.protocols = add.protocols;
	status = parse_options(cli, argc, argv, &add);
	if (status == CLI_DONE)
		status = add.board ? cli_connect_board(cli, add.board, add.agent)
				   : cli_connect(cli);
	if (status == CLI_DONE)
		status = find_protocols(cli, &add);
	if (status == CLI_DONE)
		status = change_file(cli, &add, argv[optind], argv[optind + 1]);
	if (status == CLI_DONE)
		show_added(cli, &add);
	return status;
}

/*
 * ---- vscmi dtb check ----
 */

static void keep_finding(void *context, const char *node, const char *finding)
{
	json_array_append_new(context, json_pack("{s:o, s:o}", "node", cli_name(node),
						 "finding", cli_name(finding)));
}

static int check(struct cli *cli, int argc, char **argv)
{
	struct vscmi_device_tree *tree;
	struct vscmi_problem problem;
	json_t *findings, *finding;
	size_t i;

	if (argc != 2)
		return cli_misused(cli, "check takes a device tree");
	if (vscmi_device_tree_load(argv[1], &tree, &problem) != VSCMI_OK)
		return cli_misused(cli, "%s", problem.text);
	findings = json_array();
	vscmi_device_tree_check(tree, keep_finding, findings);
	vscmi_device_tree_free(tree);
	if (cli->json)
		cli_json(findings, false);
	else
		json_array_foreach(findings, i, finding)
			printf("%s: %s\n", cli_text(finding, "node"),
			       cli_text(finding, "finding"));
	i = json_array_size(findings);
	json_decref(findings);
	return i == 0 ? CLI_DONE : CLI_REFUSED;
}

static const struct cli_action actions[] = { { "add", add }, { "check", check }, { 0 } };

static int run(struct cli *cli, int argc, char **argv)
{
	return cli_run_action(cli, actions, argc, argv);
}

const struct cli_command cli_dtb = {
	.name = "dtb",
	.summary = "tell a device tree of the platform, or check one",
	.help = "vscmi dtb add [--board FILE [--agent NAME]] [--transport virtio]\n"
		"              [--max-rx-timeout-ms N] [--replace] IN.dtb OUT.dtb\n"
		"vscmi dtb add ... --transport mailbox --mbox NODE[:CELL...]... --shmem "
		"NODE...\n"
		"vscmi dtb add ... --transport smc --smc-id ID --shmem NODE\n"
		"vscmi dtb check FILE.dtb\n"
		"\n"
		"add writes IN.dtb with a node /firmware/scmi that has what the board, "
		"or "
		"else\n"
		"the link, offers. --replace takes the place of one that is there. check "
		"prints a\n"
		"line for each thing in which SCMI nodes differ from their binding.\n",
	.needs_link = false,
	.run = run,
};
