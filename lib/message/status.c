/* SPDX-License-Identifier: BSD-3-Clause */
#include "vscmi/error.h"

/* By the negated value. */
static const char *const status_names[] = {
	[-VSCMI_SUCCESS] = "SUCCESS",
	[-VSCMI_NOT_SUPPORTED] = "NOT_SUPPORTED",
	[-VSCMI_INVALID_PARAMETERS] = "INVALID_PARAMETERS",
	[-VSCMI_DENIED] = "DENIED",
	[-VSCMI_NOT_FOUND] = "NOT_FOUND",
	[-VSCMI_OUT_OF_RANGE] = "OUT_OF_RANGE",
	[-VSCMI_BUSY] = "BUSY",
	[-VSCMI_COMMS_ERROR] = "COMMS_ERROR",
	[-VSCMI_GENERIC_ERROR] = "GENERIC_ERROR",
	[-VSCMI_HARDWARE_ERROR] = "HARDWARE_ERROR",
	[-VSCMI_PROTOCOL_ERROR] = "PROTOCOL_ERROR",
	[-VSCMI_IN_USE] = "IN_USE",
};

static const char *const error_texts[] = {
	[-VSCMI_OK] = "success",
	[-VSCMI_E_REFUSED] = "refused by the platform",
	[-VSCMI_E_TIMEOUT] = "no answer in time",
	[-VSCMI_E_BUSY] = "no free slot, buffer or channel",
	[-VSCMI_E_NOT_READY] = "the other end is not there yet",
	[-VSCMI_E_LINK_LOST] = "the link was lost with the command in flight",
	[-VSCMI_E_INVALID] = "an argument is out of range",
	[-VSCMI_E_TOO_BIG] = "too big for the link",
	[-VSCMI_E_MALFORMED] = "the peer sent a malformed message",
	[-VSCMI_E_UNSUPPORTED] = "not supported by the link or the platform",
	[-VSCMI_E_BROKEN] = "the ring was corrupted by its other end",
	[-VSCMI_E_NO_MEMORY] = "out of memory",
	[-VSCMI_E_SYSTEM] = "a system call failed",
};

const char *vscmi_status_name(int32_t status)
{
	if (status <= VSCMI_STATUS_VENDOR)
		return "VENDOR";
	if (status > VSCMI_SUCCESS || status < VSCMI_IN_USE)
		return "RESERVED";
	return status_names[-status];
}

const char *vscmi_error_text(enum vscmi_error error)
{
	if (error > VSCMI_OK || error < VSCMI_E_SYSTEM)
		return "unknown error";
	return error_texts[-error];
}
