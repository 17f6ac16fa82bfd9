/* SPDX-License-Identifier: BSD-3-Clause */
/* The driver end of the virtio link for a thread that looks at the rings before it sleeps. */
#include "script.h"

#include <stdlib.h>

#include "rings.h"
#include "virtio/ring.h"

#define QUEUE_SIZE 16u

static struct script *script;
static struct rings *rings;
static struct vscmi_agent *agent;
static unsigned noted;

static const uint64_t formats[] = {
	0,
	VSCMI_VIRTIO_F_EVENT_IDX,
	VSCMI_VIRTIO_F_RING_PACKED,
	VSCMI_VIRTIO_F_RING_PACKED | VSCMI_VIRTIO_F_EVENT_IDX,
};

static void note(void *context)
{
	noted++;
}

static int set_up(void **state)
{
	struct vscmi_agent_config config;

	script = script_new(8, 2);
	agent = &script->agent;
	rings = aligned_alloc(64, (sizeof(*rings) + 63) / 64 * 64);
	rings_init(rings, QUEUE_SIZE, 4);
	rings->driver.config.broken = note;
	noted = 0;
	config = agent->config;
	config.link = &rings->driver.link;
	assert_int_equal(vscmi_agent_init(agent, &config), VSCMI_OK);
	return 0;
}

static int tear_down(void **state)
{
	vscmi_virtio_driver_stop(&rings->driver);
	free(rings);
	script_free(script);
	return 0;
}

/* False: this build has no packed rings. */
static bool start(uint64_t format)
{
	if (vscmi_virtq_wants_packed(format) != !!(format & VSCMI_VIRTIO_F_RING_PACKED))
		return false;
	assert_int_equal(rings_start(rings, VSCMI_VIRTIO_F_VERSION_1 |
						    VSCMI_VIRTIO_F_P2A_CHANNELS | format),
			 VSCMI_OK);
	return true;
}

static void look(void)
{
	vscmi_virtio_driver_process(&rings->driver);
	assert_false(vscmi_virtio_driver_set_interrupts(&rings->driver, false));
	assert_false(vscmi_virtio_driver_has_next(&rings->driver));
}

static void device_returns(enum vscmi_virtio_queue queue)
{
	struct rings_chain chain;

	assert_true(rings_take(rings, queue, &chain));
	rings_give_back(rings, queue, &chain, chain.bytes, 4, 4);
}

static void what_slips_in_before_the_sleep_is_found(void **state)
{
	for (size_t i = 0; i < 2 * sizeof(formats) / sizeof(formats[0]); i++) {
		struct vscmi_slot *command;

		if (!start(formats[i / 2]))
			continue;
		look();
		command = script_submit(script, VSCMI_SYNC);
		device_returns(i % 2 ? VSCMI_VIRTIO_EVENTQ : VSCMI_VIRTIO_CMDQ);
		assert_true(vscmi_virtio_driver_set_interrupts(&rings->driver, true));
		assert_true(vscmi_virtio_driver_has_next(&rings->driver));
		vscmi_virtio_driver_process(&rings->driver);
		assert_false(vscmi_virtio_driver_set_interrupts(&rings->driver, true));
		vscmi_release(agent, command);
		vscmi_virtio_driver_stop(&rings->driver);
	}
}

static uint8_t *used_index(enum vscmi_virtio_queue queue)
{
	return (uint8_t *)vscmi_memory_at(&rings->memory, rings->areas[queue].device_area,
					  4) +
	       2;
}

/* The device may take the lie back again: it was one. */
static void a_ring_found_broken_takes_the_link_down(void **state)
{
	for (unsigned i = 0; i < 8; i++) {
		enum vscmi_virtio_queue queue =
			i & 1 ? VSCMI_VIRTIO_EVENTQ : VSCMI_VIRTIO_CMDQ;
		bool falls_asleep = i & 2;

		assert_true(start(i & 4 ? VSCMI_VIRTIO_F_EVENT_IDX : 0));
		look();
		noted = 0;
		*used_index(queue) = QUEUE_SIZE + 1;
		if (falls_asleep)
			assert_true(
				vscmi_virtio_driver_set_interrupts(&rings->driver, true));
		else
			assert_true(vscmi_virtio_driver_has_next(&rings->driver));
		*used_index(queue) = 0;
		assert_true(vscmi_virtio_driver_has_next(&rings->driver));
		assert_true(vscmi_agent_is_up(agent));
		vscmi_virtio_driver_process(&rings->driver);
		assert_false(vscmi_agent_is_up(agent));
		assert_int_equal(noted, 1);
		/* And that is all there is to do. */
		assert_false(vscmi_virtio_driver_has_next(&rings->driver));
		assert_false(vscmi_virtio_driver_set_interrupts(&rings->driver, true));
		vscmi_virtio_driver_stop(&rings->driver);
	}
}

static unsigned kicks;

/* A stop waits for who has a ring, and so for the kick. */
static void kick_with_the_ring_held(struct rings *r, enum vscmi_virtio_queue queue)
{
	const uint32_t busy = 2;

	assert_int_equal(atomic_load(&r->driver.queues[queue].work), busy);
	kicks++;
}

static void a_kick_is_over_before_a_stop(void **state)
{
	assert_true(start(0));
	rings->on_kick = kick_with_the_ring_held;
	kicks = 0;
	vscmi_release(agent, script_submit(script, VSCMI_SYNC));
	device_returns(VSCMI_VIRTIO_EVENTQ);
	vscmi_virtio_driver_process(&rings->driver);
	assert_int_equal(kicks, 2);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_slips_in_before_the_sleep_is_found),
		TEST(a_kick_is_over_before_a_stop),
		TEST(a_ring_found_broken_takes_the_link_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
