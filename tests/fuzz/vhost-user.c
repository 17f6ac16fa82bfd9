/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One connection of a hostile front end, with a guest that kicks and writes to its memory.
 * The input is a list of steps, each a byte that says what, one with a length, and that many
 * bytes:
 *   0b0nnnnnkk  send the bytes with n descriptors (16 at most) of kind k: memory, eventfd,
 *		 socket, pipe
 *   0b1000000q  kick queue q
 *   0b11oooooo  write the bytes to the guest's memory, from byte o * 512 of it on
 */
#include <string.h>
#include <unistd.h>

#include <vscmi/host/log.h>

#include "test.h"
#include "vhost.h"
#include "fuzz.h"

static bool say(struct guest *guest, uint8_t what, const uint8_t *bytes, size_t count,
		const int *pipe_ends)
{
	const int kinds[] = { guest->memory_fd, guest->errors[0], guest->channel_target,
			      pipe_ends[1] };
	uint32_t fd_count = what >> 2 & 0x1f;
	int fds[16];

	if (fd_count > 16)
		fd_count = 16;
	for (uint32_t i = 0; i < fd_count; i++)
		fds[i] = kinds[what & 3];
	return count == 0 || guest_try_bytes(guest, bytes, count, fds, fd_count);
}

static bool step(struct guest *guest, uint8_t what, const uint8_t *bytes, size_t count,
		 const int *pipe_ends)
{
	uint64_t one = 1;

	if (!(what & 0x80))
		return say(guest, what, bytes, count, pipe_ends);
	if (what & 0x40)
		memcpy(guest->memory + (what & 0x3f) * 512, bytes, count);
	else if (write(guest->kicks[what & 1], &one, sizeof(one)) == sizeof(one))
		echo_run(guest->echo);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct guest guest;
	struct echo echo;
	int pipe_ends[2];
	bool going = true;

	vscmi_log_set_level(VSCMI_LOG_ERROR);
	echo_open(&echo, NULL);
	guest_open(&guest, &echo, false);
	assert_int_equal(pipe(pipe_ends), 0);
	while (going && size >= 2) {
		size_t count = data[1] < size - 2 ? data[1] : size - 2;

		going = step(&guest, data[0], data + 2, count, pipe_ends);
		data += 2 + count;
		size -= 2 + count;
	}
	close(pipe_ends[0]);
	close(pipe_ends[1]);
	guest_close(&guest);
	echo_close(&echo);
	return 0;
}
