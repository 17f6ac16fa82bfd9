#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# scripts/packages.sh LIST...: installs the Debian packages that the lists name and this machine
# lacks. A list has one package a line; "a | b" stands for the first that the release has.
set -eu

# Prints the lines of the lists of which no alternative is installed.
missing() {
	installed=" $(dpkg-query -W -f '${db:Status-Status}=${Package} ')"
	sed -e 's/#.*//' -e 's/|/ /g' -e '/^ *$/d' "$@" | sort -u | while read -r alternatives; do
		for name in $alternatives; do
			case $installed in
			*" installed=$name "*) continue 2 ;;
			esac
		done
		echo "$alternatives"
	done
}

# Of each line, prints the first alternative that the release has, or the first of all.
available() {
	while read -r alternatives; do
		choice=${alternatives%% *}
		for name in $alternatives; do
			if LC_ALL=C apt-cache policy "$name" | grep -q 'Candidate: [^(]'; then
				choice=$name
				break
			fi
		done
		echo "$choice"
	done
}

give_up() {
	echo "$1" >&2
	exit 2
}

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	give_up "There is no apt-get here. Install what $* name, then use meson directly."
fi

wanted=$(missing "$@")
[ -n "$wanted" ] || exit 0

echo "Missing Debian packages:" "$(echo "$wanted" | sed 's/  */|/g' | tr '\n' ' ')"
if [ "$(id -u)" = 0 ]; then
	as_root=
elif command -v sudo >/dev/null; then
	as_root=sudo
else
	give_up "Neither root nor sudo: ask somebody who may to install them."
fi

apt_get() {
	$as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"
}

apt_get update || echo "The package lists may be old; going on." >&2
# shellcheck disable=SC2046 # one word a package
apt_get install -y --no-install-recommends $(echo "$wanted" | available) </dev/null >&2 ||
	give_up "The packages above are needed, and could not be installed."
