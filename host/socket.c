/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <vscmi/host/socket.h>

#define BACKLOG 8

static enum vscmi_error new_socket(const char *path, struct sockaddr_un *ret_address,
				   int *ret_fd, struct vscmi_problem *problem)
{
	size_t length = strlen(path);

	if (length == 0 || length >= sizeof(ret_address->sun_path))
		return vscmi_problem_set(problem, VSCMI_E_INVALID,
					 "%s: a socket path has 1 to %zu characters",
					 path, sizeof(ret_address->sun_path) - 1);
	*ret_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*ret_fd < 0)
		return vscmi_problem_set(problem, VSCMI_E_SYSTEM, "%s: %m", path);
	*ret_address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(ret_address->sun_path, path, length + 1);
	return VSCMI_OK;
}

enum vscmi_error vscmi_socket_connect(const char *path, int *ret_fd,
				      struct vscmi_problem *problem)
{
	struct sockaddr_un address;
	enum vscmi_error error;
	int fd = -1;

	error = new_socket(path, &address, &fd, problem);
	if (error)
		return error;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		if (errno == EAGAIN)
			error = vscmi_problem_set(problem, VSCMI_E_BUSY,
						  "%s: too many wait to be served", path);
		else if (errno == ECONNREFUSED || errno == ENOENT)
			error = vscmi_problem_set(problem, VSCMI_E_LINK_LOST,
						  "%s: nobody listens: %m", path);
		else
			error = vscmi_problem_set(problem, VSCMI_E_SYSTEM, "%s: %m",
						  path);
		close(fd);
		return error;
	}
	*ret_fd = fd;
	return VSCMI_OK;
}

/* Remove the socket at path if nobody answers there. */
static enum vscmi_error remove_stale(const char *path, struct vscmi_problem *problem)
{
	enum vscmi_error error;
	struct stat file;
	int fd = -1;

	if (lstat(path, &file) == 0 && !S_ISSOCK(file.st_mode))
		return vscmi_problem_set(problem, VSCMI_E_INVALID,
					 "%s: exists and is no socket", path);
	error = vscmi_socket_connect(path, &fd, problem);
	if (error == VSCMI_E_SYSTEM)
		return error;
	if (error != VSCMI_E_LINK_LOST) {
		if (!error)
			close(fd);
		return vscmi_problem_set(problem, VSCMI_E_BUSY,
					 "%s: another program listens there", path);
	}
	if (unlink(path) < 0 && errno != ENOENT)
		return vscmi_problem_set(problem, VSCMI_E_SYSTEM, "%s: %m", path);
	return VSCMI_OK;
}

static enum vscmi_error bind_replacing(int fd, const struct sockaddr_un *address,
				       struct vscmi_problem *problem)
{
	const struct sockaddr *name = (const struct sockaddr *)address;
	enum vscmi_error error;

	if (bind(fd, name, sizeof(*address)) == 0)
		return VSCMI_OK;
	if (errno == EADDRINUSE) {
		error = remove_stale(address->sun_path, problem);
		if (error)
			return error;
		if (bind(fd, name, sizeof(*address)) == 0)
			return VSCMI_OK;
	}
	return vscmi_problem_set(problem, VSCMI_E_SYSTEM, "%s: %m", address->sun_path);
}

enum vscmi_error vscmi_socket_listen(const char *path, unsigned mode, int *ret_fd,
				     struct vscmi_problem *problem)
{
	struct sockaddr_un address;
	enum vscmi_error error;
	int fd = -1;

	error = new_socket(path, &address, &fd, problem);
	if (error)
		return error;
	/* The mode of a socket not yet bound is the mode that its file gets, at once. */
	if (fchmod(fd, (mode_t)mode) < 0)
		error = vscmi_problem_set(problem, VSCMI_E_SYSTEM, "%s: %m", path);
	if (!error)
		error = bind_replacing(fd, &address, problem);
	if (!error && listen(fd, BACKLOG) < 0) {
		error = vscmi_problem_set(problem, VSCMI_E_SYSTEM, "%s: %m", path);
		unlink(path);
	}
	if (error) {
		close(fd);
		return error;
	}
	*ret_fd = fd;
	return VSCMI_OK;
}
