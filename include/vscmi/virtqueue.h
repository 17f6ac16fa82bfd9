/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Virtqueues, both ends and both formats: virtio 1.2, "Split Virtqueues" and "Packed
 * Virtqueues". They carry buffers and know nothing of what is in them. The features that
 * an end is readied with say which format it is, and nothing else depends on it.
 *
 * All memory is the caller's. No function blocks or allocates, and but for init and
 * detach none runs longer than the length of a chain. One end of one queue is used by one
 * thread at a time, or under the caller's lock; the two ends may run anywhere. What the
 * other end wrote is read once, checked, and never makes a function misbehave: an end
 * that was lied to about its own bookkeeping is broken for good, and works again after a
 * new init.
 */
#ifndef VSCMI_VIRTQUEUE_H
#define VSCMI_VIRTQUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vscmi/error.h>
#include <vscmi/memory.h>

#define VSCMI_VIRTIO_F_INDIRECT_DESC     (UINT64_C(1) << 28)
#define VSCMI_VIRTIO_F_EVENT_IDX         (UINT64_C(1) << 29)
#define VSCMI_VIRTIO_F_VERSION_1         (UINT64_C(1) << 32)
#define VSCMI_VIRTIO_F_ACCESS_PLATFORM   (UINT64_C(1) << 33)
#define VSCMI_VIRTIO_F_RING_PACKED       (UINT64_C(1) << 34)
#define VSCMI_VIRTIO_F_IN_ORDER          (UINT64_C(1) << 35)
#define VSCMI_VIRTIO_F_ORDER_PLATFORM    (UINT64_C(1) << 36)
#define VSCMI_VIRTIO_F_NOTIFICATION_DATA (UINT64_C(1) << 38)
#define VSCMI_VIRTIO_F_RING_RESET        (UINT64_C(1) << 40)

/*
 * What every ring here can do, for whoever negotiates. VERSION_1 is also required.
 *
 * Two more can be added. RING_PACKED, where it is built. IN_ORDER, at a price: a device that
 * agrees to it keeps each reply back until those to all commands before it are ready.
 */
#define VSCMI_VIRTQ_FEATURES                                       \
	(VSCMI_VIRTIO_F_VERSION_1 | VSCMI_VIRTIO_F_INDIRECT_DESC | \
	 VSCMI_VIRTIO_F_EVENT_IDX)

#define VSCMI_VIRTQ_SIZE_MAX 32768u

/* A piece of a buffer, in the caller's address space. */
struct vscmi_virtq_segment {
	uint8_t *bytes;
	uint32_t length;
};

/*
 * Where the three parts of a ring are, as its addresses: what a transport passes on. In a
 * packed ring the driver and device area are the event suppression structures, and both
 * are multiples of 4.
 */
struct vscmi_virtq_areas {
	uint64_t descriptor_area; /* a multiple of 16 */
	uint64_t driver_area;     /* a multiple of 2: the available ring */
	uint64_t device_area;     /* a multiple of 4: the used ring */
};

/*
 * Where a device goes on. Of a split ring: the available index, 0 when it is fresh. Of a
 * packed ring, as vhost-user has it: the next descriptor to take in bits 0 to 14, its wrap
 * counter in bit 15, the next one to return in bits 16 to 30, its wrap counter in bit 31.
 */
#define VSCMI_VIRTQ_PACKED_BASE UINT32_C(0x80008000) /* when it is fresh */

/*
 * ---- The device end ----
 */

/*
 * What is wrong with a chain. The queue goes on after any of them; the chain must be
 * given back like every other.
 */
enum vscmi_virtq_defect {
	VSCMI_VIRTQ_SOUND = 0,
	VSCMI_VIRTQ_BAD_INDEX,    /* a next index outside the table */
	VSCMI_VIRTQ_TOO_LONG,     /* more descriptors than the queue has: mostly a loop */
	VSCMI_VIRTQ_BAD_ADDRESS,  /* bytes, or an indirect table, outside the memory */
	VSCMI_VIRTQ_BAD_LENGTH,   /* more than 2^32 - 1 bytes in all */
	VSCMI_VIRTQ_BAD_ORDER,    /* a readable descriptor after a writable one */
	VSCMI_VIRTQ_BAD_INDIRECT, /* nested, not negotiated, continued, or a bad length */
	VSCMI_VIRTQ_TOO_MANY_READ, /* more readable segments than there is room for */
};

/*
 * One direction of a chain. An empty descriptor makes no segment, one that lies across
 * two adjacent regions makes two. A list with as many segments as the longest message has
 * bytes is therefore enough for every split of it.
 */
struct vscmi_virtq_part {
	struct vscmi_virtq_segment *segments; /* [capacity], the caller's */
	uint16_t capacity;                    /* the caller's; 0: none expected */
	uint16_t count;                       /* segments in use */
	uint32_t bytes;                       /* the sum of their lengths */
};

/*
 * A chain that the driver made available and that is out with the device until given
 * back. The caller owns the struct and sets both parts' segments and capacity before it
 * takes a chain. The segments point into memory that the driver can change at any time:
 * copy what is readable once.
 *
 * With a defect the parts hold what came before it, which is as safe to use as a sound
 * chain. Writable segments beyond the capacity are left out without one: there is simply
 * less room.
 */
struct vscmi_virtq_chain {
	struct vscmi_virtq_part readable; /* what the driver sends */
	struct vscmi_virtq_part writable; /* room for the answer */
	uint16_t head; /* names the chain on the ring: the buffer id of a packed one */
	uint16_t descriptors; /* how many were read: what it took to follow the chain */
	uint16_t entries;     /* how many of them are in a packed ring itself */
	uint16_t place;       /* with IN_ORDER: which slot is its own */
	enum vscmi_virtq_defect defect;
};

/* What a device end remembers of a chain that waits for those before it. Nothing to set. */
struct vscmi_virtq_device_slot {
	uint32_t written;
	uint16_t head;
	uint16_t entries;
	bool done;
};

struct vscmi_virtq_device_config {
	const struct vscmi_memory *memory;
	struct vscmi_virtq_areas areas;
	struct vscmi_virtq_device_slot *slots; /* [queue_size] with IN_ORDER, or NULL */
	uint64_t features;   /* as negotiated; bits that are not the ring's are ignored */
	uint16_t queue_size; /* 1..32768, of a split ring a power of 2 */
	uint32_t base;       /* where to go on; see VSCMI_VIRTQ_PACKED_BASE */
};

struct vscmi_virtq_device_counters {
	uint64_t taken;
	uint64_t given_back;
	uint64_t malformed; /* chains taken with a defect */
};

/*
 * Open so that it needs no allocation; read only counters, broken and in_flight. Indexes
 * of a packed ring are positions, with their wrap counter in bit 15.
 */
struct vscmi_virtq_device {
	const struct vscmi_memory *memory;
	/* Of a split ring. */
	const volatile struct vscmi_ring_descriptor *descriptors;
	struct vscmi_ring_available *available;
	struct vscmi_ring_used *used;
	/* Of a packed ring; NULL: it is a split one. */
	struct vscmi_packed_descriptor *packed;
	_Atomic uint32_t *driver_event, *device_event;

	struct vscmi_virtq_device_slot *slots; /* NULL: chains go back in any order */
	struct vscmi_memory_region recent;     /* of the memory: where bytes lay last */
	uint16_t queue_size;
	bool indirect, event_idx;
	bool broken; /* the available ring was corrupt; nothing more is taken */
	bool kicks_enabled;
	bool kick_asked; /* EVENT_IDX: the driver knows that the next chain kicks */
	uint16_t next_available; /* the index of the next chain to take */
	uint16_t seen_available; /* split: the driver's index when last looked at */
	uint16_t next_used;      /* the index of the next chain to give back */
	uint16_t published_used; /* what the driver was told of next_used */
	uint16_t withheld_flags; /* packed: of the first descriptor to publish */
	uint16_t in_flight;      /* chains taken and not given back, 0..queue_size */
	struct vscmi_virtq_device_counters counters;
};

/*
 * Ready a device end on a ring that the driver has laid out, at its start or where base
 * says. The driver may have filled the ring, and kicked, before: take once without
 * waiting for a kick.
 *
 * VSCMI_E_UNSUPPORTED: without VERSION_1, or a packed ring where this was built without.
 * VSCMI_E_INVALID: a queue size or a base out of range, an area misaligned or outside the
 * memory map, or with IN_ORDER no slots, or chains that never came back.
 */
enum vscmi_error vscmi_virtq_device_init(struct vscmi_virtq_device *device,
					 const struct vscmi_virtq_device_config *config);

/*
 * Take the next available chain. False when there is none, or when the queue is broken:
 * then device->broken is set, the driver gets no more from this queue, and the transport
 * should say so (DEVICE_NEEDS_RESET, a vring's error fd). Chains in flight may still be
 * given back.
 */
bool vscmi_virtq_device_take(struct vscmi_virtq_device *device,
			     struct vscmi_virtq_chain *chain);

/*
 * Whether take has something to look at, a chain or a lie: for who polls, while kicks are
 * disabled. Only what take and init write is read, so it needs no lock against those who give
 * back and publish.
 */
bool vscmi_virtq_device_has_next(const struct vscmi_virtq_device *device);

/*
 * Return a chain that was taken from this queue since its init, in any order, each once.
 * written counts every byte that was written to its writable part, from its start. The
 * driver sees it after vscmi_virtq_device_publish, with IN_ORDER not before all that were
 * taken before it have been given back too.
 */
void vscmi_virtq_device_give_back(struct vscmi_virtq_device *device,
				  const struct vscmi_virtq_chain *chain,
				  uint32_t written);

/*
 * Never return a chain that was taken, which a device must not do: for those that test
 * drivers. From here on it counts as given back, and its memory may go. With IN_ORDER it
 * is returned with nothing written, since all others would be lost with it.
 */
void vscmi_virtq_device_lose(struct vscmi_virtq_device *device,
			     const struct vscmi_virtq_chain *chain);

/*
 * Show the driver all that was given back since the last call. True when it wants to be
 * told, by an interrupt or a call fd; false also when there was nothing new.
 */
bool vscmi_virtq_device_publish(struct vscmi_virtq_device *device);

/*
 * Ask the driver for no kicks, while polling or when the chains suffice. A hint: one may
 * come. A queue starts with kicks enabled.
 */
void vscmi_virtq_device_disable_kicks(struct vscmi_virtq_device *device);

/* Ask for a kick with the next chain. True when there is one already: take it. */
bool vscmi_virtq_device_enable_kicks(struct vscmi_virtq_device *device);

/* Where to go on: the base for an init on the same ring, once no chain is in flight. */
uint32_t vscmi_virtq_device_base(const struct vscmi_virtq_device *device);

/* Copy the first bytes of a readable part, at most room; how many they were. Do it once.
 */
uint32_t vscmi_virtq_read(const struct vscmi_virtq_part *readable, void *bytes,
			  uint32_t room);

/* Copy to the start of a writable part, as much as fits; how much it was. */
uint32_t vscmi_virtq_write(const struct vscmi_virtq_part *writable, const void *bytes,
			   uint32_t length);

/*
 * ---- The driver end ----
 */

/* Bytes of ring memory for a queue of that many descriptors, in either format, and how they
 * are aligned. */
#define VSCMI_VIRTQ_RING_BYTES(queue_size) ((size_t)26 * (queue_size) + 14u)
#define VSCMI_VIRTQ_RING_ALIGN             16u

/* Bytes of indirect tables for as many chains as the queue has descriptors. */
#define VSCMI_VIRTQ_TABLES_BYTES(queue_size, table_entries) \
	((size_t)16 * (queue_size) * (table_entries))

/* What a driver end remembers of a descriptor, where the device cannot reach it. */
struct vscmi_virtq_slot {
	void *cookie;
	uint32_t writable_bytes;
	/* The descriptor after this one, in its chain or in the free list; of a packed ring, the
	 * next free buffer id. */
	uint16_t next;
	/* Of the chain that starts here, or has this buffer id, and is out; 0: none does. */
	uint16_t descriptors;
};

struct vscmi_virtq_driver_config {
	const struct vscmi_memory *memory; /* has the ring, the tables and every buffer */
	void *ring;   /* VSCMI_VIRTQ_RING_BYTES, aligned to VSCMI_VIRTQ_RING_ALIGN */
	void *tables; /* VSCMI_VIRTQ_TABLES_BYTES, or NULL: every chain is direct */
	struct vscmi_virtq_slot *slots; /* [queue_size], private */
	uint64_t features;   /* as negotiated; bits that are not the ring's are ignored */
	uint16_t queue_size; /* 1..32768, of a split ring a power of 2 */
	uint16_t table_entries; /* longest chain that fits a table */
};

struct vscmi_virtq_driver_counters {
	uint64_t added;
	uint64_t taken;
	uint64_t lies; /* impossible used ids, indexes and lengths */
};

/*
 * Open so that it needs no allocation; read only counters, broken and free_count. Indexes
 * of a packed ring are positions, with their wrap counter in bit 15.
 */
struct vscmi_virtq_driver {
	const struct vscmi_memory *memory;
	/* Of a split ring. */
	struct vscmi_ring_descriptor *descriptors;
	struct vscmi_ring_available *available;
	struct vscmi_ring_used *used;
	/* Of a packed ring; NULL: it is a split one. */
	struct vscmi_packed_descriptor *packed;
	_Atomic uint32_t *driver_event, *device_event;

	struct vscmi_ring_descriptor *tables; /* NULL: every chain is direct */
	uint64_t tables_address;
	struct vscmi_virtq_slot *slots;
	struct vscmi_memory_region recent; /* of the memory: where bytes lay last */
	uint16_t queue_size;
	uint16_t table_entries;
	bool event_idx, in_order;
	bool broken; /* the used ring was corrupt; nothing more is added or taken */
	bool calls_enabled;
	bool call_asked;     /* EVENT_IDX: the device knows that the next buffer calls */
	bool in_batch;       /* IN_ORDER: one used entry stands for several chains */
	uint16_t batch_head; /* the last of them */
	uint32_t batch_written;       /* to the last of them */
	uint16_t free_head;           /* split: a descriptor; packed: a buffer id */
	uint16_t free_count;          /* descriptors that no chain holds */
	uint16_t next_available;      /* the index of the next chain to add */
	uint16_t published_available; /* what the device was told of next_available */
	uint16_t next_used;           /* the index of the next chain to take back */
	uint16_t seen_used;           /* split: the device's index when last looked at */
	uint16_t oldest;         /* IN_ORDER: the head of the next chain to come back */
	uint16_t withheld_flags; /* packed: of the first descriptor to publish */
	uint16_t next_detached;  /* the next head for _detach to look at */
	struct vscmi_virtq_driver_counters counters;
};

/*
 * Ready a driver end on fresh ring memory, which it clears. The device must not use the
 * ring yet, or not any more. ret_areas is what to tell the transport.
 *
 * VSCMI_E_UNSUPPORTED: without VERSION_1, or a packed ring where this was built without.
 * VSCMI_E_INVALID: a queue size out of range, or memory misaligned or outside the memory
 * map.
 */
enum vscmi_error vscmi_virtq_driver_init(struct vscmi_virtq_driver *driver,
					 const struct vscmi_virtq_driver_config *config,
					 struct vscmi_virtq_areas *ret_areas);

/*
 * Lend a buffer to the device: readable_count segments that it may read, then
 * writable_count that it may write, at least one in all. It is one descriptor with
 * INDIRECT_DESC where a table can hold it, one for each segment otherwise. The device
 * sees it after vscmi_virtq_driver_publish, and owns the bytes until
 * vscmi_virtq_driver_take or _detach returns the cookie. The segments array is not kept.
 *
 * VSCMI_E_BUSY: not enough free descriptors now. VSCMI_E_BROKEN: see driver->broken.
 * VSCMI_E_INVALID: no segment, more than the queue size, an empty one, one outside the
 * memory map, or more than 2^32 - 1 bytes. Nothing is lent then.
 */
enum vscmi_error vscmi_virtq_driver_add(struct vscmi_virtq_driver *driver,
					const struct vscmi_virtq_segment *segments,
					uint16_t readable_count, uint16_t writable_count,
					void *cookie);

/* Show the device all that was added since the last call. True when it wants a kick. */
bool vscmi_virtq_driver_publish(struct vscmi_virtq_driver *driver);

/* A buffer that came back, and how much of its writable part the device says it wrote. */
struct vscmi_virtq_returned {
	void *cookie;
	uint32_t written; /* never more than was lent */
};

/*
 * Take back the next buffer that the device is done with. False when there is none, or
 * when the queue is broken: then driver->broken is set, and after a reset of the device
 * vscmi_virtq_driver_detach returns what is still out.
 */
bool vscmi_virtq_driver_take(struct vscmi_virtq_driver *driver,
			     struct vscmi_virtq_returned *ret_buffer);

/* Whether take would find one: for who polls, while calls are disabled. */
bool vscmi_virtq_driver_has_next(struct vscmi_virtq_driver *driver);

/*
 * Whether the device has returned anything since next_used was index and a take found nothing.
 * Any thread may ask, also while another uses the ring. It reads the ring, and changes nothing.
 */
bool vscmi_virtq_driver_has_returned(struct vscmi_virtq_driver *driver, uint16_t index);

/*
 * Take back a buffer that the device never returned; false when none is out any more.
 * Only after the device was reset or lost. The queue then wants a new init.
 */
bool vscmi_virtq_driver_detach(struct vscmi_virtq_driver *driver, void **ret_cookie);

/*
 * Ask the device for no interrupts, while polling. A hint: one may come. A queue starts
 * with them enabled.
 */
void vscmi_virtq_driver_disable_calls(struct vscmi_virtq_driver *driver);

/* Ask for an interrupt with the next buffer. True when one is back already: take it. */
bool vscmi_virtq_driver_enable_calls(struct vscmi_virtq_driver *driver);

#endif
