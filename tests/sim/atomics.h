/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stands before every source of lib/ when it is compiled for the simulation (-include). Each
 * atomic operation first lets the scheduler decide who runs, then is done in one go: all
 * tasks share one thread, so plain C does. What happens between two atomic operations is
 * nobody else's business, as ThreadSanitizer shows with real threads.
 */
#ifndef VSCMI_TESTS_SIM_ATOMICS_H
#define VSCMI_TESTS_SIM_ATOMICS_H

#include <stdatomic.h>
#include <stdbool.h>

/* The scheduler's. where is for traces. */
void sim_step(const char *where);
bool sim_weakness(void); /* a weak compare-and-swap fails for no reason */

#define SIM_TEXT_OF(line) #line
#define SIM_TEXT(line)    SIM_TEXT_OF(line)
#define SIM_STEP()        sim_step(__FILE__ ":" SIM_TEXT(__LINE__))

#undef atomic_load
#undef atomic_load_explicit
#undef atomic_store
#undef atomic_store_explicit
#undef atomic_exchange
#undef atomic_fetch_add
#undef atomic_fetch_sub
#undef atomic_fetch_or
#undef atomic_fetch_and
#undef atomic_compare_exchange_weak
#undef atomic_compare_exchange_strong

/* What is seen may be old before it is used, and what was changed may be used before the one who
 * changed it goes on: a step before each operation, and one more after each change. */
#define atomic_load(object)                 (SIM_STEP(), *(object))
#define atomic_load_explicit(object, order) atomic_load(object)

#define SIM_CHANGE(object, change)                        \
	__extension__({                                   \
		__typeof__(object) sim_object = (object); \
		__typeof__(+*sim_object) sim_old;         \
		SIM_STEP();                               \
		sim_old = *sim_object;                    \
		*sim_object = change;                     \
		SIM_STEP();                               \
		sim_old;                                  \
	})
#define atomic_store(object, value)                 ((void)SIM_CHANGE(object, (value)))
#define atomic_store_explicit(object, value, order) atomic_store(object, value)
#define atomic_exchange(object, value)              SIM_CHANGE(object, (value))
#define atomic_fetch_add(object, value)             SIM_CHANGE(object, sim_old + (value))
#define atomic_fetch_sub(object, value)             SIM_CHANGE(object, sim_old - (value))
#define atomic_fetch_or(object, value)              SIM_CHANGE(object, sim_old | (value))
#define atomic_fetch_and(object, value)             SIM_CHANGE(object, sim_old &(value))

#define SIM_SWAP(object, expected, desired, weakness)                   \
	__extension__({                                                 \
		__typeof__(object) sim_object = (object);               \
		__typeof__(expected) sim_expected = (expected);         \
		__typeof__(+*sim_expected) sim_desired = (desired);     \
		bool sim_same;                                          \
		SIM_STEP();                                             \
		sim_same = *sim_object == *sim_expected && !(weakness); \
		if (sim_same)                                           \
			*sim_object = sim_desired;                      \
		else                                                    \
			*sim_expected = *sim_object;                    \
		if (sim_same)                                           \
			SIM_STEP();                                     \
		sim_same;                                               \
	})
#define atomic_compare_exchange_weak(object, expected, desired) \
	SIM_SWAP(object, expected, desired, sim_weakness())
#define atomic_compare_exchange_strong(object, expected, desired) \
	SIM_SWAP(object, expected, desired, false)

#endif
