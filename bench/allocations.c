/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Counts allocations of a program that is started with this in LD_PRELOAD. When the program
 * ends their number is written to the file that ALLOCATIONS names.
 */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* glibc's own names for what it exports as malloc and so on. */
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *memory, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);

static _Atomic unsigned long allocations;

void *malloc(size_t bytes)
{
	atomic_fetch_add(&allocations, 1);
	return __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
	atomic_fetch_add(&allocations, 1);
	return __libc_calloc(count, bytes);
}

void *realloc(void *memory, size_t bytes)
{
	atomic_fetch_add(&allocations, 1);
	return __libc_realloc(memory, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
	atomic_fetch_add(&allocations, 1);
	return __libc_memalign(alignment, bytes);
}

__attribute__((destructor)) static void tell(void)
{
	const char *path = getenv("ALLOCATIONS");
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;

	if (fd < 0)
		return;
	dprintf(fd, "%lu\n", atomic_load(&allocations));
	close(fd);
}
