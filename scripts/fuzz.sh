#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# scripts/fuzz.sh BUILD [TARGET] [SECONDS]: runs one fuzz target, or each, for so long. It starts from
# tests/fuzz/corpus/; what it learns stays in BUILD/corpus/, what breaks the target in BUILD/found/.
set -eu

build=$1
target=${2:-}
seconds=${3:-60}

if [ -z "$target" ]; then
	targets=$(find "$build/tests/fuzz" -maxdepth 1 -type f -name 'fuzz-*' | sort)
elif [ -x "$build/tests/fuzz/fuzz-$target" ]; then
	targets=$build/tests/fuzz/fuzz-$target
else
	echo "There is no fuzz target '$target'. There are:" >&2
	find "$build/tests/fuzz" -maxdepth 1 -type f -name 'fuzz-*' -printf '  %f\n' | sed s/fuzz-// >&2
	exit 2
fi

export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
for program in $targets; do
	name=${program##*/fuzz-}
	echo "== $name, $seconds s"
	mkdir -p "$build/corpus/$name" "$build/found/$name"
	"$program" -max_total_time="$seconds" -print_final_stats=1 \
		-artifact_prefix="$build/found/$name/" \
		"$build/corpus/$name" "tests/fuzz/corpus/$name"
done
