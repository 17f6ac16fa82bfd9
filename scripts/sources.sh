#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# scripts/sources.sh WORD...: what a compiler is to be given for these words of lib/sources.txt, a
# line each, besides -Iinclude and -Ilib: a macro for each word that is missing, and the files.
set -eu
awk -v chosen="$*" '
BEGIN {
	for (n = split(chosen, words); n; n--)
		asked[words[n]] = 1
}
/^\[/ {
	gsub(/[][]/, "")
	take = 1
	for (i = 1; i <= NF; i++) {
		take = take && $i in asked
		known[$i] = 1
	}
}
/\.c$/ && take {
	files = files "lib/" $0 "\n"
}
END {
	for (word in asked)
		if (!(word in known)) {
			print "lib/sources.txt has no word " word | "cat >&2"
			exit 2
		}
	for (word in known)
		if (!(word in asked))
			print "-DVSCMI_WITHOUT_" toupper(word)
	printf "%s", files
}' "$(dirname "$0")/../lib/sources.txt"
