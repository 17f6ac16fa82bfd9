/* SPDX-License-Identifier: BSD-3-Clause */
/* vscmi raw */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <vscmi/message.h>

#include "catalog.h"
#include "output.h"

#define REPLY_BYTES 512u
#define LINE_BYTES  2048u

static int parse_message(struct cli *cli, const char *protocol_text,
			 const char *message_text, uint8_t *ret_protocol,
			 uint8_t *ret_message_id)
{
	const struct vscmi_message *message;
	uint64_t number;
	uint8_t protocol;

	if (cli_parse_number(protocol_text, UINT8_MAX, &number))
		protocol = (uint8_t)number;
	else
		protocol = vscmi_protocol_find_name(protocol_text);
	if (protocol == 0)
		return cli_misused(
			cli,
			"no protocol %s, expected a name such as clock, or 0x10..0xff",
			protocol_text);
	*ret_protocol = protocol;
	if (cli_parse_number(message_text, UINT8_MAX, &number)) {
		*ret_message_id = (uint8_t)number;
		return CLI_DONE;
	}
	message = vscmi_message_find_name(protocol, message_text);
	if (!message || vscmi_message_header(message).type != VSCMI_COMMAND)
		return cli_misused(cli, "protocol %s has no command %s", protocol_text,
				   message_text);
	*ret_message_id = vscmi_message_header(message).message_id;
	return CLI_DONE;
}

/* The words behind the header, the status first. */
static json_t *words_of(const uint8_t *reply, size_t count)
{
	json_t *words = json_array();

	for (size_t i = VSCMI_HEADER_BYTES; i + 4 <= count; i += 4)
		json_array_append_new(words, json_integer(cli_word(reply + i)));
	return words;
}

static void show(struct cli *cli, uint8_t protocol, const uint8_t *reply, size_t count)
{
	char line[LINE_BYTES];
	uint32_t version = vscmi_agent_version(cli->agent, protocol);
	json_t *words = words_of(reply, count), *document;
	const json_t *word;
	size_t i;

	/* Only the platform knows in which form it has answered. */
	if (version == 0 &&
	    vscmi_failed(vscmi_agent_open(cli->agent, protocol, &version)))
		version = vscmi_protocol_newest_version(protocol);
	vscmi_message_print(reply, count, VSCMI_PART_REPLY, version, line, sizeof(line));
	if (cli->json) {
		document = json_pack("{s:s, s:O}", "reply", line, "words", words);
		cli_json(document, false);
		json_decref(document);
	} else {
		puts(line);
		json_array_foreach(words, i, word)
			printf("%s0x%08" PRIx32, i ? " " : "",
			       (uint32_t)json_integer_value(word));
		putchar('\n');
	}
	json_decref(words);
}

static int run(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = { { "async", no_argument, NULL, 'a' },
						 { 0 } };
	enum vscmi_command_kind kind = VSCMI_SYNC;
	uint32_t words[VSCMI_RAW_WORDS_MAX], word_count = 0;
	uint8_t protocol = 0, message_id = 0, reply[REPLY_BYTES];
	struct vscmi_result result;
	uint64_t number;
	size_t count = 0;
	int option, status;

	while ((option = getopt_long(argc, argv, "+a", options, NULL)) != -1) {
		if (option != 'a')
			return cli_bad_option(cli, argv);
		kind = VSCMI_ASYNC;
	}
	if (argc - optind < 2)
		return cli_misused(cli, "raw takes a protocol, a message, and its words");
	status = parse_message(cli, argv[optind], argv[optind + 1], &protocol,
			       &message_id);
	if (status != CLI_DONE)
		return status;
	for (int i = optind + 2; i < argc; i++) {
		if (word_count == VSCMI_RAW_WORDS_MAX)
			return cli_misused(cli, "more than %u words",
					   VSCMI_RAW_WORDS_MAX);
		if (!cli_parse_number(argv[i], UINT32_MAX, &number))
			return cli_misused(cli,
					   "word %s, expected a number up to 0xffffffff",
					   argv[i]);
		words[word_count++] = (uint32_t)number;
	}
	result = vscmi_agent_raw(cli->agent, protocol, message_id, kind, words,
				 word_count, reply, sizeof(reply), &count);
	if (!vscmi_failed(result) || result.error == VSCMI_E_REFUSED)
		show(cli, protocol, reply, count < sizeof(reply) ? count : sizeof(reply));
	if (!vscmi_failed(result))
		return CLI_DONE;
	/* The document says what the platform answered; a second one would be one too many. */
	if (cli->json && result.error == VSCMI_E_REFUSED)
		return CLI_REFUSED;
	return cli_failed(cli, result, "%s %s", argv[optind], argv[optind + 1]);
}

const struct cli_command cli_raw = {
	.name = "raw",
	.summary = "send any command",
	.help = "vscmi raw [--async] PROTOCOL MESSAGE [WORD...]\n"
		"\n"
		"PROTOCOL and MESSAGE are names, such as clock rate_get, or numbers. The "
		"words are what\n"
		"follows the header word. Shows the reply, decoded, and its words, "
		"status first.\n"
		"--async waits for the delayed response and shows that.\n",
	.needs_link = true,
	.run = run,
};
