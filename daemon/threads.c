/* SPDX-License-Identifier: BSD-3-Clause */
#include "threads.h"

#include <errno.h>

enum vscmi_error vscmid_threads_init(struct vscmid_threads *threads, uint32_t count,
				     struct vscmi_problem *problem)
{
	*threads = (struct vscmid_threads){ .count = count };
	for (uint32_t i = 0; i < count; i++) {
		struct vscmid_thread *thread = &threads->each[i];
		enum vscmi_error error = vscmi_loop_new(&thread->loop, problem);

		if (error)
			return error;
		thread->threads = threads;
		if (count > 1)
			vscmi_loop_share(thread->loop, &threads->lock);
	}
	return VSCMI_OK;
}

void vscmid_threads_fini(struct vscmid_threads *threads)
{
	for (uint32_t i = 0; i < threads->count; i++)
		vscmi_loop_free(threads->each[i].loop);
}

void vscmid_threads_set_poll_us(struct vscmid_threads *threads, uint32_t poll_us)
{
	for (uint32_t i = 0; i < threads->count; i++)
		vscmi_loop_set_poll_us(threads->each[i].loop, poll_us);
}

struct vscmi_loop *vscmid_threads_first(const struct vscmid_threads *threads)
{
	return threads->each[0].loop;
}

struct vscmi_loop *vscmid_threads_loop(const struct vscmid_threads *threads,
				       uint32_t agent_id)
{
	return threads->each[(agent_id - 1) % threads->count].loop;
}

/* A loop that fails ends them all. */
static void *run_thread(void *context)
{
	struct vscmid_thread *thread = context;

	vscmi_loop_hold(thread->loop);
	thread->error = vscmi_loop_run(thread->loop);
	if (thread->error)
		vscmi_loop_stop(vscmid_threads_first(thread->threads));
	vscmi_loop_release(thread->loop);
	return NULL;
}

enum vscmi_error vscmid_threads_run(struct vscmid_threads *threads,
				    struct vscmi_problem *problem)
{
	struct vscmid_thread *first = &threads->each[0];
	uint32_t running = 1;
	int failed = 0;

	for (; running < threads->count && !failed; running += !failed) {
		struct vscmid_thread *thread = &threads->each[running];

		failed = pthread_create(&thread->id, NULL, run_thread, thread);
	}
	if (!failed)
		run_thread(first);
	for (uint32_t i = 1; i < running; i++)
		vscmi_loop_stop(threads->each[i].loop);
	for (uint32_t i = 1; i < running; i++)
		pthread_join(threads->each[i].id, NULL);
	errno = failed;
	if (failed)
		return vscmi_problem_set(problem, VSCMI_E_SYSTEM, "threads: %m");
	for (uint32_t i = 0; i < threads->count; i++) {
		if (threads->each[i].error)
			return vscmi_problem_set(
				problem, threads->each[i].error, "event loop: %s",
				vscmi_error_text(threads->each[i].error));
	}
	return VSCMI_OK;
}
