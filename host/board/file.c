/* SPDX-License-Identifier: BSD-3-Clause */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "board/file.h"

#define MAX_BYTES (16 << 20)

static enum vscmi_error read_whole(int fd, const char *path, struct vscmi_pool *pool,
				   char **ret_text, size_t *ret_length,
				   struct vscmi_problem *problem)
{
	struct stat status;
	size_t room, length = 0;
	ssize_t count;
	char *text;

	if (fstat(fd, &status) < 0)
		return vscmi_problem_set(problem, VSCMI_E_SYSTEM, "%s: %m", path);
	if (!S_ISREG(status.st_mode))
		return vscmi_problem_set(problem, VSCMI_E_INVALID, "%s: not a file",
					 path);
	if (status.st_size > MAX_BYTES)
		return vscmi_problem_set(problem, VSCMI_E_INVALID,
					 "%s: longer than 16 MiB", path);
	room = (size_t)status.st_size;
	text = vscmi_pool_take(pool, room + 1, 1);
	if (!text)
		return vscmi_problem_set(problem, VSCMI_E_NO_MEMORY,
					 "%s: not enough memory", path);
	while (length < room && (count = read(fd, text + length, room - length)) != 0) {
		if (count < 0)
			return vscmi_problem_set(problem, VSCMI_E_SYSTEM, "%s: %m", path);
		length += (size_t)count;
	}
	*ret_text = text;
	*ret_length = length;
	return VSCMI_OK;
}

/* A pipe or a device must not keep the reader waiting before it is seen to be none. */
enum vscmi_error vscmi_file_read(const char *path, struct vscmi_pool *pool,
				 char **ret_text, size_t *ret_length,
				 struct vscmi_problem *problem)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	enum vscmi_error error;

	if (fd < 0)
		return vscmi_problem_set(problem, VSCMI_E_SYSTEM, "%s: %m", path);
	error = read_whole(fd, path, pool, ret_text, ret_length, problem);
	close(fd);
	return error;
}
