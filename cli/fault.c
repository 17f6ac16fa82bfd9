/* SPDX-License-Identifier: BSD-3-Clause */
/* vscmi fault: what a running vscmid does to its own messages. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include <vscmi/fault.h>

#include "ask.h"
#include "catalog.h"
#include "output.h"

#define WORDS_BYTES 512u

/*
 * ---- Words and rules: KEY=VALUE is a member of the rule as docs/control.md has it ----
 */

/* "reply,notification" */
static json_t *list_of(const char *value)
{
	json_t *list = json_array();

	for (size_t length; *value; value += length + (value[length] == ',')) {
		length = strcspn(value, ",");
		json_array_append_new(list, json_stringn(value, length));
	}
	return list;
}

/* "20ms..80ms"; NULL: it is none. */
static json_t *range_of(const char *value)
{
	const char *dots = strstr(value, "..");

	return dots ? json_pack("{s:s%, s:s}", "min", value, (size_t)(dots - value),
				"max", dots + 2)
		    : NULL;
}

static int add_word(const struct cli *cli, json_t *rule, const char *word)
{
	size_t length = strcspn(word, "=");
	const char *text = word + length + 1;
	json_t *value = NULL;
	char key[16];

	if (word[length] != '=' || length >= sizeof(key))
		return cli_misused(cli, "%s, expected KEY=VALUE; vscmi fault --help",
				   word);
	snprintf(key, sizeof(key), "%.*s", (int)length, word);
	if (json_object_get(rule, key))
		return cli_misused(cli, "%s is there twice", key);
	if (strcmp(key, "on") == 0)
		value = list_of(text);
	else if (strcmp(key, "time") == 0)
		value = range_of(text);
	if (!value)
		value = json_string(text);
	if (json_object_set_new(rule, key, value) != 0)
		return cli_misused(cli, "%s, expected text", key);
	return CLI_DONE;
}

struct words {
	char text[WORDS_BYTES];
	size_t length;
};

static void put(struct words *words, const char *before, const char *text)
{
	int room = (int)(sizeof(words->text) - words->length);
	int length =
		snprintf(words->text + words->length, (size_t)room, "%s%s", before, text);

	words->length += (size_t)(length < room ? length : room - 1);
}

static void put_value(struct words *words, const json_t *value)
{
	const char *before = "";
	const json_t *item;
	char number[24];
	size_t i;

	if (json_is_string(value)) {
		put(words, "", json_string_value(value));
	} else if (json_is_integer(value)) {
		snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
			 json_integer_value(value));
		put(words, "", number);
	} else if (json_is_boolean(value)) {
		put(words, "", json_is_true(value) ? "true" : "false");
	} else if (json_is_object(value)) {
		put(words, "", cli_text(value, "min"));
		put(words, "..", cli_text(value, "max"));
	} else {
		json_array_foreach(value, i, item)
		{
			put(words, before, json_string_value(item));
			before = ",";
		}
	}
}

/* A rule as the words that `fault add` makes it of. */
static json_t *words_of(json_t *rule)
{
	struct words words = { .length = 0 };
	const char *key;
	json_t *value;

	put(&words, "", cli_text(rule, "fault"));
	json_object_foreach(rule, key, value)
	{
		if (strcmp(key, "fault") == 0)
			continue;
		put(&words, " ", key);
		put(&words, "=", "");
		put_value(&words, value);
	}
	return json_string(words.text);
}

/*
 * ---- Actions ----
 */

static int add(struct cli *cli, int argc, char **argv)
{
	json_t *request, *rule, *reply;
	int status = CLI_DONE;

	if (argc < 2)
		return cli_misused(cli,
				   "add takes a fault; vscmi fault --help lists them");
	request = json_pack("{s:s, s:{s:s}}", "command", "fault_add", "rule", "fault",
			    argv[1]);
	if (!request)
		return cli_misused(cli, "a fault, expected text");
	rule = json_object_get(request, "rule");
	for (int i = 2; i < argc && status == CLI_DONE; i++)
		status = add_word(cli, rule, argv[i]);
	if (status != CLI_DONE) {
		json_decref(request);
		return status;
	}
	status = cli_ask_daemon(cli, cli->control, request, &reply);
	if (status != CLI_DONE)
		return status;
	if (cli->json)
		cli_json(reply, false);
	else
		printf("rule %" JSON_INTEGER_FORMAT "\n", cli_number(reply, "id"));
	json_decref(reply);
	return CLI_DONE;
}

static int list(struct cli *cli, int argc, char **argv)
{
	static const struct cli_column columns[] = {
		{ .title = "ID", .key = "id", .right = true },
		{ .title = "MATCHED", .key = "matched", .right = true },
		{ .title = "DONE", .key = "done", .right = true },
		{ .title = "MISSED", .key = "missed", .right = true },
		{ .title = "RULE", .key = "words" },
	};
	json_t *reply, *rules, *row;
	int status;
	size_t i;

	if (argc > 1)
		return cli_misused(cli, "list takes no %s", argv[1]);
	status = cli_ask_daemon(cli, cli->control,
				json_pack("{s:s}", "command", "fault_list"), &reply);
	if (status != CLI_DONE)
		return status;
	rules = json_object_get(reply, "rules");
	if (cli->json) {
		cli_json(rules, false);
	} else {
		json_array_foreach(rules, i, row) json_object_set_new(
			row, "words", words_of(json_object_get(row, "rule")));
		cli_table(cli, rules, columns, sizeof(columns) / sizeof(columns[0]));
	}
	json_decref(reply);
	return CLI_DONE;
}

/* One rule, or with id 0 all; has_seed: and set the seed. */
static int clear_one(struct cli *cli, uint64_t id, bool has_seed, uint64_t seed)
{
	json_t *request = json_pack("{s:s}", "command", "fault_clear"), *reply;
	int status;

	if (id)
		json_object_set_new(request, "id", json_integer((json_int_t)id));
	if (has_seed)
		json_object_set_new(request, "seed", json_integer((json_int_t)seed));
	status = cli_ask_daemon(cli, cli->control, request, &reply);
	if (status == CLI_DONE)
		json_decref(reply);
	return status;
}

static int clear(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = { { "seed", required_argument, NULL, 's' },
						 { 0 } };
	uint64_t seed = 0, id = 0;
	bool has_seed = false;
	int option, status = CLI_DONE;

	while ((option = getopt_long(argc, argv, "s:", options, NULL)) != -1) {
		if (option != 's')
			return cli_bad_option(cli, argv);
		if (!cli_parse_number(optarg, UINT32_MAX, &seed))
			return cli_misused(cli, "--seed %s, expected 0 to 0xffffffff",
					   optarg);
		has_seed = true;
	}
	for (int i = optind; i < argc; i++) {
		if (!cli_parse_number(argv[i], UINT32_MAX, &id) || id == 0)
			return cli_misused(cli,
					   "rule %s, expected a number; vscmi fault "
					   "list tells",
					   argv[i]);
	}
	if (optind == argc)
		return clear_one(cli, 0, has_seed, seed);
	for (int i = optind; i < argc && status == CLI_DONE; i++) {
		cli_parse_number(argv[i], UINT32_MAX, &id);
		status = clear_one(cli, id, has_seed, seed);
	}
	return status;
}

static int run(struct cli *cli, int argc, char **argv)
{
	static const struct cli_action actions[] = {
		{ "add", add },
		{ "list", list },
		{ "clear", clear },
		{ 0 },
	};

	return cli_run_action(cli, actions, argc, argv);
}

#define FAULT(NAME, name, on) " " #name

const struct cli_command cli_fault = {
	.name = "fault",
	.summary = "let a running vscmid misbehave",
	.help = "vscmi fault add FAULT [KEY=VALUE...]    to the messages that the keys "
		"say\n"
		"vscmi fault list                        rules, and what they did\n"
		"vscmi fault clear [--seed N] [ID...]    all rules, if none is named\n"
		"\n"
		"FAULT is one of" VSCMI_FAULTS(
			FAULT) ".\n"
			       "\n"
			       "KEY=VALUE, for every fault: agent=NAME protocol=NAME "
			       "message=NAME\n"
			       "on=reply,delayed_response,notification probability=25% "
			       "skip=3 times=5;\n"
			       "for some: time=20ms or time=20ms..80ms, at_most=1s, "
			       "bytes=6, bits=2, by=1,\n"
			       "behind=2, type=1, status=BUSY, copy=true. "
			       "vscmi-board(5) tells which.\n"
			       "\n"
			       "--control PATH or VSCMI_CONTROL names the control socket "
			       "of vscmid.\n",
	.needs_link = false,
	.run = run,
};
