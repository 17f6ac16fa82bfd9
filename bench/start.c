/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How long a program takes from its exec to what it is for:
 *
 *	bench-start COUNT PROGRAM ARGUMENT...           to its first output, or its end
 *	bench-start COUNT --device SOCKET PROGRAM ...   to the first command that it answers there
 */
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "guest.h"
#include "work.h"

extern char **environ;

#define PATIENCE_NS UINT64_C(10000000000)

static void give_up(const char *what)
{
	fprintf(stderr, "bench-start: %s\n", what);
	exit(1);
}

/* Its standard output is *ret_output. */
static pid_t start(char **argv, int *ret_output)
{
	posix_spawn_file_actions_t actions;
	int ends[2], error;
	pid_t pid;

	if (pipe(ends) < 0 || posix_spawn_file_actions_init(&actions) ||
	    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO) ||
	    posix_spawn_file_actions_addclose(&actions, ends[0]) ||
	    posix_spawn_file_actions_addclose(&actions, ends[1]))
		give_up("no pipe");
	error = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ);
	if (error)
		give_up(strerror(error));
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	*ret_output = ends[0];
	return pid;
}

/* One command, from a guest that tries to connect until it can. */
static void ask(const char *socket, uint64_t patience_ns)
{
	struct vscmi_problem problem;
	struct guests guests;
	struct guest guest;
	struct work work;
	uint64_t at_ns;

	if (guests_init(&guests, 0, &problem))
		give_up(problem.text);
	while (guest_start(&guest, &guests, socket, 1, &problem)) {
		if (now_ns() > patience_ns)
			give_up(problem.text);
		poll(NULL, 0, 0); /* let others run where there is one core */
	}
	work_init(&work, &guest.agent, WORK_VERSION, 1);
	if (vscmi_failed(work_send(&work, 0)) ||
	    vscmi_failed(work_wait(&work, NULL, &at_ns)))
		give_up("no answer");
	guest_end(&guest);
	guests_fini(&guests);
}

static uint64_t measure(char **argv, const char *socket)
{
	uint64_t start_ns = now_ns(), time_ns;
	int output, status;
	pid_t pid = start(argv, &output);
	char byte;

	if (socket)
		ask(socket, start_ns + PATIENCE_NS);
	else if (read(output, &byte, 1) < 0)
		give_up("no output");
	time_ns = now_ns() - start_ns;
	if (socket)
		kill(pid, SIGTERM);
	waitpid(pid, &status, 0);
	if (!socket && status)
		give_up("the program has failed");
	if (socket)
		unlink(socket);
	close(output);
	return time_ns;
}

int main(int argc, char **argv)
{
	static struct histogram histogram;
	bool device = argc > 4 && strcmp(argv[2], "--device") == 0;

	if (argc < 3) {
		fprintf(stderr,
			"usage: %s COUNT [--device SOCKET] PROGRAM [ARGUMENT...]\n",
			argv[0]);
		return 2;
	}
	for (int i = atoi(argv[1]); i > 0; i--)
		histogram_add(&histogram,
			      measure(argv + (device ? 4 : 2), device ? argv[3] : NULL));
	printf("{\"latency\": ");
	histogram_print(stdout, &histogram);
	printf("}\n");
	return 0;
}
