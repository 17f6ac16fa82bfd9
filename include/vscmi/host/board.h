/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A board: what a board file says, as a platform with simulated clocks and sensors.
 * docs/boards.md describes the files. One thread uses a board and its platform.
 */
#ifndef VSCMI_HOST_BOARD_H
#define VSCMI_HOST_BOARD_H

#include <stddef.h>
#include <stdint.h>

#include <vscmi/fault.h>
#include <vscmi/host/problem.h>
#include <vscmi/platform.h>

struct vscmi_board;

/*
 * Read a board file. On failure the problem is "FILE:LINE:COLUMN: what is wrong, expected
 * what". Errors: VSCMI_E_SYSTEM (the file cannot be read), VSCMI_E_INVALID,
 * VSCMI_E_NO_MEMORY. The board is the caller's, for vscmi_board_free().
 */
enum vscmi_error vscmi_board_load(const char *path, struct vscmi_board **ret_board,
				  struct vscmi_problem *problem);

/*
 * The same for a text in memory, which is not kept. name is what problems call it; files
 * that the text names are looked for in the folder of that name.
 */
enum vscmi_error vscmi_board_load_text(const char *text, size_t length, const char *name,
				       struct vscmi_board **ret_board,
				       struct vscmi_problem *problem);

/* boards/demo.yaml, which is part of the library. Errors: VSCMI_E_NO_MEMORY. */
enum vscmi_error vscmi_board_load_demo(struct vscmi_board **ret_board,
				       struct vscmi_problem *problem);

/* The platform goes with it, and all that the functions here returned. NULL is fine. */
void vscmi_board_free(struct vscmi_board *board);

/*
 * Make the platform, once. now_us is the moment at which simulated values start, on the
 * clock that vscmi_platform_advance() will be told of. The platform is the board's.
 * Errors: VSCMI_E_NO_MEMORY.
 */
enum vscmi_error vscmi_board_start(struct vscmi_board *board, uint64_t now_us,
				   struct vscmi_platform **ret_platform);

/* Agents, with ids from 1 to the count. */
uint32_t vscmi_board_agent_count(const struct vscmi_board *board);
const char *vscmi_board_agent_name(const struct vscmi_board *board, uint32_t agent_id);
/* NULL: the file names no socket. */
const char *vscmi_board_agent_socket(const struct vscmi_board *board, uint32_t agent_id);
/* 0: no agent has this name. */
uint32_t vscmi_board_agent_find(const struct vscmi_board *board, const char *name);

uint32_t vscmi_board_clock_count(const struct vscmi_board *board);
uint32_t vscmi_board_sensor_count(const struct vscmi_board *board);

/*
 * ---- Faults, for vscmi_faults_init() and vscmi_faults_add(): the board does nothing with them ----
 */

/* Rules that a board file can have. */
#define VSCMI_BOARD_RULES_MAX 64

/* What the file says; the array is the board's. */
uint32_t vscmi_board_fault_seed(const struct vscmi_board *board);
uint32_t vscmi_board_fault_rule_count(const struct vscmi_board *board);
const struct vscmi_fault_rule *vscmi_board_fault_rules(const struct vscmi_board *board);

/*
 * Read one rule from a text that is the same mapping as in a board file, or JSON. On failure
 * the problem is "KEY: what is wrong, expected what". Errors: VSCMI_E_INVALID,
 * VSCMI_E_NO_MEMORY.
 */
enum vscmi_error vscmi_board_fault_read(const struct vscmi_board *board, const char *text,
					size_t length, struct vscmi_fault_rule *ret_rule,
					struct vscmi_problem *problem);

/*
 * Write a rule that one of these functions gave as one line of JSON, which reads as the same
 * rule. text always ends in NUL if room > 0. Return: the length that the whole line has,
 * without the NUL; when it is not below room the line was cut.
 */
size_t vscmi_board_fault_write(const struct vscmi_board *board,
			       const struct vscmi_fault_rule *rule, char *text,
			       size_t room);

/*
 * ---- The simulation at run time, after vscmi_board_start() ----
 */

/*
 * Hold an axis of a sensor, 0 for a scalar, at a value in the sensor's unit, until
 * vscmi_board_sensor_release(). Trip points are compared at once. VSCMI_E_INVALID: no
 * sensor has this name, or it has no such axis.
 */
enum vscmi_error vscmi_board_sensor_hold(struct vscmi_board *board, const char *name,
					 uint32_t axis, double value);

/* Let every axis follow its source again. VSCMI_E_INVALID: no sensor has this name. */
enum vscmi_error vscmi_board_sensor_release(struct vscmi_board *board, const char *name);

/*
 * Let whatever is asked of a sensor or clock be answered with this SCMI status, such as
 * VSCMI_HARDWARE_ERROR; VSCMI_SUCCESS repairs it. VSCMI_E_INVALID: none has this name.
 */
enum vscmi_error vscmi_board_sensor_fail(struct vscmi_board *board, const char *name,
					 int32_t status);
enum vscmi_error vscmi_board_clock_fail(struct vscmi_board *board, const char *name,
					int32_t status);

#endif
