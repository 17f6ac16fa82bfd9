/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Byte cursors: everything on the wire is read and written through them, little-endian,
 * at any alignment. Faults are sticky, so a parser is straight-line code with one test at
 * its end.
 */
#ifndef VSCMI_MESSAGE_CURSOR_H
#define VSCMI_MESSAGE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define VSCMI_NAME_BYTES      16u
#define VSCMI_LONG_NAME_BYTES 64u

struct vscmi_in {
	const uint8_t *pos;
	size_t left;
	bool short_read;   /* something was read beyond the end; it read as zero */
	uint32_t reserved; /* bits that were set and that the specification reserves */
};

struct vscmi_out {
	uint8_t *pos;
	size_t left;
	bool overflow; /* something did not fit; it was left out */
};

static inline struct vscmi_in vscmi_in(const void *bytes, size_t count)
{
	return (struct vscmi_in){ .pos = bytes, .left = count };
}

static inline struct vscmi_out vscmi_out(void *bytes, size_t room)
{
	return (struct vscmi_out){ .pos = bytes, .left = room };
}

/* Whether that many bytes are left; if not, none is. */
static inline bool vscmi_in_holds(struct vscmi_in *in, size_t count)
{
	if (in->left >= count)
		return true;
	in->left = 0;
	in->short_read = true;
	return false;
}

/* Step over bytes that are left; where they are. */
static inline const uint8_t *vscmi_in_step(struct vscmi_in *in, size_t count)
{
	const uint8_t *bytes = in->pos;

	in->pos += count;
	in->left -= count;
	return bytes;
}

/* The same for any count; NULL if they are not left. */
static inline const uint8_t *vscmi_in_take(struct vscmi_in *in, size_t count)
{
	return vscmi_in_holds(in, count) ? vscmi_in_step(in, count) : NULL;
}

/* The same for room. */
static inline bool vscmi_out_holds(struct vscmi_out *out, size_t count)
{
	if (out->left >= count)
		return true;
	out->left = 0;
	out->overflow = true;
	return false;
}

static inline uint8_t *vscmi_out_step(struct vscmi_out *out, size_t count)
{
	uint8_t *bytes = out->pos;

	out->pos += count;
	out->left -= count;
	return bytes;
}

static inline uint32_t vscmi_le32_get(const uint8_t *b)
{
	return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
	       (uint32_t)b[3] << 24;
}

static inline void vscmi_le32_put(uint8_t *b, uint32_t value)
{
	b[0] = (uint8_t)value;
	b[1] = (uint8_t)(value >> 8);
	b[2] = (uint8_t)(value >> 16);
	b[3] = (uint8_t)(value >> 24);
}

static inline uint64_t vscmi_le64_get(const uint8_t *b)
{
	return vscmi_le32_get(b) | (uint64_t)vscmi_le32_get(b + 4) << 32;
}

static inline void vscmi_le64_put(uint8_t *b, uint64_t value)
{
	b[0] = (uint8_t)value;
	b[1] = (uint8_t)(value >> 8);
	b[2] = (uint8_t)(value >> 16);
	b[3] = (uint8_t)(value >> 24);
	b[4] = (uint8_t)(value >> 32);
	b[5] = (uint8_t)(value >> 40);
	b[6] = (uint8_t)(value >> 48);
	b[7] = (uint8_t)(value >> 56);
}

static inline uint8_t vscmi_in_u8(struct vscmi_in *in)
{
	return vscmi_in_holds(in, 1) ? *vscmi_in_step(in, 1) : 0;
}

static inline uint32_t vscmi_in_u32(struct vscmi_in *in)
{
	return vscmi_in_holds(in, 4) ? vscmi_le32_get(vscmi_in_step(in, 4)) : 0;
}

/* 64-bit values travel as low word, then high word. */
static inline uint64_t vscmi_in_u64(struct vscmi_in *in)
{
	return vscmi_in_holds(in, 8) ? vscmi_le64_get(vscmi_in_step(in, 8)) : 0;
}

/*
 * A fixed-size text field: what comes before the first NUL, then NULs, at least one,
 * whatever the peer sent.
 */
static inline void vscmi_in_text(struct vscmi_in *in, char *ret_text, size_t field_bytes)
{
	const uint8_t *b = vscmi_in_take(in, field_bytes);
	size_t i = 0;

	for (; b && i + 1 < field_bytes && b[i] != '\0'; i++)
		ret_text[i] = (char)b[i];
	memset(ret_text + i, 0, field_bytes - i);
}

static inline void vscmi_out_u8(struct vscmi_out *out, uint8_t value)
{
	if (vscmi_out_holds(out, 1))
		*vscmi_out_step(out, 1) = value;
}

static inline void vscmi_out_u32(struct vscmi_out *out, uint32_t value)
{
	if (vscmi_out_holds(out, 4))
		vscmi_le32_put(vscmi_out_step(out, 4), value);
}

static inline void vscmi_out_u64(struct vscmi_out *out, uint64_t value)
{
	if (vscmi_out_holds(out, 8))
		vscmi_le64_put(vscmi_out_step(out, 8), value);
}

/* A fixed-size text field: what fits of text, then NULs, at least one. */
static inline void vscmi_out_text(struct vscmi_out *out, const char *text,
				  size_t field_bytes)
{
	uint8_t *b;
	size_t i = 0;

	if (!vscmi_out_holds(out, field_bytes))
		return;
	b = vscmi_out_step(out, field_bytes);
	for (; i + 1 < field_bytes && text[i] != '\0'; i++)
		b[i] = (uint8_t)text[i];
	memset(b + i, 0, field_bytes - i);
}

#endif
