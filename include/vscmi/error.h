/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What can go wrong, in two types that never mix: a local failure is an enum vscmi_error,
 * an answer of the platform is an SCMI status and stays what the platform sent, vendor
 * values included.
 */
#ifndef VSCMI_ERROR_H
#define VSCMI_ERROR_H

#include <stdbool.h>
#include <stdint.h>

/* Local failures. 0 is success; the values are stable. */
enum vscmi_error {
	VSCMI_OK = 0,
	VSCMI_E_REFUSED = -1, /* the platform answered with a status other than SUCCESS */
	VSCMI_E_TIMEOUT = -2, /* no answer in time; the buffer may still be out */
	VSCMI_E_BUSY = -3, /* no free slot, buffer or channel; retry after a completion */
	VSCMI_E_NOT_READY = -4, /* the link's other end is not there yet */
	VSCMI_E_LINK_LOST =
		-5,           /* the link was reset or broke with the command in flight */
	VSCMI_E_INVALID = -6, /* an argument is out of its documented range */
	VSCMI_E_TOO_BIG = -7, /* does not fit the link's largest message */
	VSCMI_E_MALFORMED = -8, /* the peer's message breaks its own format */
	VSCMI_E_UNSUPPORTED =
		-9,           /* the link or the platform's version has no such thing */
	VSCMI_E_BROKEN = -10, /* a ring was corrupted by its other end; reset it */
	VSCMI_E_NO_MEMORY = -11, /* hosted code only */
	VSCMI_E_SYSTEM = -12,    /* hosted code only: an operating system call failed */
};

/* SCMI status codes: DEN0056, "Status codes". Values at or below -128 are the vendor's.
 */
enum vscmi_status {
	VSCMI_SUCCESS = 0,
	VSCMI_NOT_SUPPORTED = -1,
	VSCMI_INVALID_PARAMETERS = -2,
	VSCMI_DENIED = -3,
	VSCMI_NOT_FOUND = -4,
	VSCMI_OUT_OF_RANGE = -5,
	VSCMI_BUSY = -6,
	VSCMI_COMMS_ERROR = -7,
	VSCMI_GENERIC_ERROR = -8,
	VSCMI_HARDWARE_ERROR = -9,
	VSCMI_PROTOCOL_ERROR = -10,
	VSCMI_IN_USE = -11,
	VSCMI_STATUS_VENDOR = -128,
};

/*
 * How a command ended. error is VSCMI_E_REFUSED exactly when status, an SCMI status, is
 * not VSCMI_SUCCESS; with any other error status is VSCMI_SUCCESS and means nothing.
 */
struct vscmi_result {
	enum vscmi_error error;
	int32_t status;
};

static inline bool vscmi_failed(struct vscmi_result result)
{
	return result.error != VSCMI_OK;
}

static inline struct vscmi_result vscmi_local(enum vscmi_error error)
{
	return (struct vscmi_result){ .error = error };
}

static inline struct vscmi_result vscmi_answered(int32_t status)
{
	return (struct vscmi_result){
		.error = status == VSCMI_SUCCESS ? VSCMI_OK : VSCMI_E_REFUSED,
		.status = status,
	};
}

/* The specification's name, "INVALID_PARAMETERS"; "VENDOR" or "RESERVED" for the rest.
 * Static. */
const char *vscmi_status_name(int32_t status);

/* A short sentence without a full stop: "no answer in time". Static. */
const char *vscmi_error_text(enum vscmi_error error);

#endif
