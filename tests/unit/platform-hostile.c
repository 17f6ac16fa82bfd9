/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Thousands of requests that are almost right, from agents that come and go, through the fuzz
 * target: it knows what must hold.
 */
#include <string.h>

#include "fuzz/fuzz.h"
#include "message/cursor.h"
#include "test.h"
#include "vscmi/header.h"

#define STEPS  150
#define ROUNDS 150

static uint32_t seed = 1;

/* xorshift: the same in every run. */
static uint32_t any(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % below;
}

/* Mostly small, since ids and flags are; sometimes anything. */
static uint32_t word(void)
{
	static const uint32_t odd[] = { 0xffffffff, 0x80000000, 0x10000, 10000000,
					0x30000 };

	switch (any(8)) {
	case 0:
		return odd[any(5)];
	case 1:
		return any(0xffffffff);
	default:
		return any(5);
	}
}

static size_t put_command(uint8_t *to)
{
	static const uint8_t protocols[] = { 0x10, 0x12, 0x14, 0x14, 0x15, 0x15, 0x13 };
	uint32_t header = vscmi_header_pack((struct vscmi_header){
		.protocol = protocols[any(7)],
		.message_id = (uint8_t)any(0x12),
		.token = (uint16_t)any(1024),
	});
	uint32_t words = any(5);

	if (any(30) == 0)
		header ^= 1u << any(32);
	to[0] = 0; /* a command */
	to[1] = (uint8_t)any(5);
	to[2] = (uint8_t)(any(4) ? 140 : any(140));
	to[3] = (uint8_t)(4 + 4 * words - (any(20) ? 0 : any(4)));
	vscmi_le32_put(to + 4, header);
	for (uint32_t i = 0; i < words; i++)
		vscmi_le32_put(to + 8 + 4 * i, word());
	return 4u + to[3];
}

static void nothing_an_agent_sends_breaks_the_platform(void **state)
{
	uint8_t data[1 + STEPS * 40];

	for (unsigned round = 0; round < ROUNDS; round++) {
		size_t count = 1;

		data[0] = (uint8_t)round;
		for (unsigned i = 0; i < STEPS; i++) {
			if (any(3)) {
				count += put_command(data + count);
				continue;
			}
			data[count++] = (uint8_t)(1 + any(6));
			data[count++] = (uint8_t)any(256);
			data[count++] = (uint8_t)any(256);
		}
		LLVMFuzzerTestOneInput(data, count);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_an_agent_sends_breaks_the_platform),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
