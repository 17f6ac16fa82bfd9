# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# Checks in the form of TAP: one line each, counted.

checks_passed=0
checks_failed=0

# check NAME EXPECTED GOT
check()
{
	local number=$((checks_passed + checks_failed + 1))
	if [ "$2" = "$3" ]; then
		checks_passed=$((checks_passed + 1))
		echo "ok $number - $1: $3"
	else
		checks_failed=$((checks_failed + 1))
		echo "not ok $number - $1: expected $2, got $3"
	fi
}

# check_same WHEN PLATFORM GUEST: each fact in one of these files stands in the other, as equal.
check_same()
{
	local name platform guest
	[ -s "$2" ] || check "$1, what the platform tells" "facts" "nothing"
	while read -r name platform guest; do
		check "$1, $name" "$platform" "$guest"
	done < <(join -a 1 -a 2 -e nothing -o 0,1.2,2.2 <(sort "$2") <(sort "$3"))
}

# checks_end: prints the plan and the counts; fails when a check failed.
checks_end()
{
	echo "1..$((checks_passed + checks_failed))"
	echo "$checks_passed passed, $checks_failed failed"
	[ "$checks_failed" -eq 0 ]
}
