/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "board/file.h"
#include "device_tree/binding.h"
#include "device_tree/tree.h"

/*
 * ---- Loading ----
 */

static bool is_too_deep(const void *blob)
{
	int depth = 0;

	for (int node = 0; node >= 0 && depth >= 0;
	     node = fdt_next_node(blob, node, &depth)) {
		if (depth >= DEVICE_TREE_DEPTH)
			return true;
	}
	return false;
}

static int check_header(const void *blob, size_t size)
{
	return size < sizeof(struct fdt_header) ? -FDT_ERR_TRUNCATED
						: fdt_check_header(blob);
}

static enum vscmi_error tree_check(const struct vscmi_device_tree *tree, size_t size,
				   const char *name, struct vscmi_problem *problem)
{
	int error = check_header(tree->blob, size);

	/* In older ones names are paths, and libfdt's full check is not made for them. */
	if (error == 0 && fdt_version(tree->blob) < 16)
		return vscmi_problem_set(
			problem, VSCMI_E_INVALID,
			"%s: version %u of the format, expected 16 or 17", name,
			fdt_version(tree->blob));
	if (error == 0)
		error = fdt_check_full(tree->blob, size);
	if (error)
		return vscmi_problem_set(problem, VSCMI_E_INVALID,
					 "%s: no sound flattened device tree: %s", name,
					 fdt_strerror(error));
	if (is_too_deep(tree->blob))
		return vscmi_problem_set(problem, VSCMI_E_INVALID,
					 "%s: more than %d levels of nodes", name,
					 DEVICE_TREE_DEPTH);
	return VSCMI_OK;
}

static enum vscmi_error out_of_memory(struct vscmi_problem *problem)
{
	return vscmi_problem_set(problem, VSCMI_E_NO_MEMORY, "not enough memory");
}

enum vscmi_error vscmi_device_tree_load(const char *path,
					struct vscmi_device_tree **ret_tree,
					struct vscmi_problem *problem)
{
	struct vscmi_device_tree *tree = calloc(1, sizeof(*tree));
	enum vscmi_error error;
	size_t size;
	char *text;

	if (!tree)
		return out_of_memory(problem);
	error = vscmi_file_read(path, &tree->pool, &text, &size, problem);
	if (error == VSCMI_OK) {
		tree->blob = text;
		error = tree_check(tree, size, path, problem);
	}
	if (error != VSCMI_OK) {
		vscmi_device_tree_free(tree);
		return error;
	}
	*ret_tree = tree;
	return VSCMI_OK;
}

enum vscmi_error vscmi_device_tree_load_bytes(const void *bytes, size_t size,
					      const char *name,
					      struct vscmi_device_tree **ret_tree,
					      struct vscmi_problem *problem)
{
	struct vscmi_device_tree *tree = calloc(1, sizeof(*tree));
	enum vscmi_error error;

	if (tree)
		tree->blob = vscmi_pool_take(&tree->pool, size, 1);
	if (!tree || !tree->blob) {
		vscmi_device_tree_free(tree);
		return out_of_memory(problem);
	}
	memcpy(tree->blob, bytes, size);
	error = tree_check(tree, size, name, problem);
	if (error != VSCMI_OK) {
		vscmi_device_tree_free(tree);
		return error;
	}
	*ret_tree = tree;
	return VSCMI_OK;
}

void vscmi_device_tree_free(struct vscmi_device_tree *tree)
{
	if (!tree)
		return;
	vscmi_pool_give_back(&tree->pool);
	free(tree);
}

const void *vscmi_device_tree_bytes(const struct vscmi_device_tree *tree,
				    size_t *ret_size)
{
	*ret_size = fdt_totalsize(tree->blob);
	return tree->blob;
}

const char *vscmi_device_tree_label(uint8_t protocol)
{
	const struct binding_protocol *row = vscmi_binding_protocol(protocol);

	return row ? row->label : NULL;
}

/*
 * ---- Saving ----
 */

static bool write_whole(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t count = write(fd, bytes, size);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return false;
		bytes += count;
		size -= (size_t)count;
	}
	return fsync(fd) == 0;
}

enum vscmi_error vscmi_device_tree_save(const struct vscmi_device_tree *tree,
					const char *path, struct vscmi_problem *problem)
{
	enum vscmi_error error = VSCMI_OK;
	struct stat status;
	char *draft;
	size_t size;
	int fd;

	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
		return vscmi_problem_set(problem, VSCMI_E_INVALID, "%s: not a file",
					 path);
	if (asprintf(&draft, "%s.%ld", path, (long)getpid()) < 0)
		return out_of_memory(problem);
	fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0) {
		error = vscmi_problem_set(problem, VSCMI_E_SYSTEM, "%s: %m", draft);
		free(draft);
		return error;
	}
	vscmi_device_tree_bytes(tree, &size);
	if (!write_whole(fd, tree->blob, size) || rename(draft, path) < 0) {
		error = vscmi_problem_set(problem, VSCMI_E_SYSTEM, "%s: %m", path);
		unlink(draft);
	}
	close(fd);
	free(draft);
	return error;
}
