/* SPDX-License-Identifier: BSD-3-Clause */
#include "links.h"

uint32_t link_unanswered_max(const struct test_link *link)
{
	return link->kind->one_at_a_time ? 1 : link->link->max_messages;
}
