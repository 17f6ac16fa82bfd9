/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A channel's area in shared memory, as DEN0056 "Shared memory based transport" lays it
 * out. It is little-endian on every host. The message, its header word first, is ordered
 * by the status word: who hands the area over stores it last (release), who takes it loads
 * it first (acquire).
 */
#ifndef VSCMI_LINK_SHMEM_AREA_H
#define VSCMI_LINK_SHMEM_AREA_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "message/cursor.h"
#include "vscmi/link/shmem.h"

enum {
	VSCMI_SHMEM_FREE = 1 << 0,  /* of the status: the sender may write */
	VSCMI_SHMEM_ERROR = 1 << 1, /* the message was not carried */
};

enum { VSCMI_SHMEM_INTERRUPT = 1 << 0 }; /* of the flags: the sender wants to be told */

struct vscmi_shmem_area {
	uint32_t reserved;
	_Atomic uint32_t status;
	uint32_t implementation_defined[2];
	_Atomic uint32_t flags;
	_Atomic uint32_t length; /* of the message */
	uint8_t message[];
};

_Static_assert(sizeof(struct vscmi_shmem_area) == VSCMI_SHMEM_AREA_BYTES(0),
	       "as specified");
_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "shared memory");

/* Bytes of the longest message that a channel carries. */
static inline uint32_t vscmi_shmem_room(const struct vscmi_shmem_channel *channel)
{
	return channel->bytes - VSCMI_SHMEM_AREA_BYTES(0);
}

static inline uint32_t vscmi_shmem_le32(uint32_t value)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	value = __builtin_bswap32(value);
#endif
	return value;
}

static inline uint32_t vscmi_shmem_load(_Atomic uint32_t *word)
{
	return vscmi_shmem_le32(atomic_load_explicit(word, memory_order_acquire));
}

static inline void vscmi_shmem_store(_Atomic uint32_t *word, uint32_t value)
{
	atomic_store_explicit(word, vscmi_shmem_le32(value), memory_order_release);
}

/*
 * Write a message and hand the area over with a status. As much of the message is copied
 * as fits; the length tells all of it.
 */
static inline void vscmi_shmem_put(const struct vscmi_shmem_channel *channel,
				   const void *message, size_t count, uint32_t status)
{
	struct vscmi_shmem_area *area = channel->area;
	uint32_t room = vscmi_shmem_room(channel);

	memcpy(area->message, message, count < room ? count : room);
	vscmi_shmem_store(&area->length, (uint32_t)count);
	vscmi_shmem_store(&area->status, status);
}

/*
 * Copy the message that the other end has written, as much as there is room for: how much
 * it was. What the length says beyond the area is not there.
 */
static inline size_t vscmi_shmem_get(const struct vscmi_shmem_channel *channel,
				     void *message, size_t room)
{
	struct vscmi_shmem_area *area = channel->area;
	size_t count = vscmi_shmem_load(&area->length);

	if (count > vscmi_shmem_room(channel))
		count = vscmi_shmem_room(channel);
	if (count > room)
		count = room;
	memcpy(message, area->message, count);
	return count;
}

static inline bool vscmi_shmem_is_sound(const struct vscmi_shmem_channel *channel)
{
	return channel->bytes >= VSCMI_SHMEM_AREA_BYTES(8) &&
	       (uintptr_t)channel->area % _Alignof(struct vscmi_shmem_area) == 0;
}

#endif
