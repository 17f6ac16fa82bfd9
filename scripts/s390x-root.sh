#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# scripts/s390x-root.sh FOLDER: unpacks cmocka for s390x, Debian's big-endian machine, into FOLDER,
# with FOLDER/root.cross, which tells scripts/s390x.cross where that is. Nothing is installed, no
# architecture is added, root is not needed; the packages are kept in ${VSCMI_CACHE:-~/.cache/vscmi}.
set -euo pipefail

root=$1
# shellcheck source=scripts/private-apt.sh
. "$(dirname "$0")/private-apt.sh"

apt_choose_release
cache=${VSCMI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vscmi}/s390x-$apt_release
if ! [ -d "$cache" ]; then
	mkdir -p "$(dirname "$cache")"
	work=$(mktemp -d "$cache-XXXXXX")
	trap 'rm -rf "$work"' EXIT
	apt_open "$work/apt" s390x
	apt_fetch "$work/deb" libcmocka0:s390x libcmocka-dev:s390x
	mv -T "$work/deb" "$cache"
fi

rm -rf "$root"
mkdir -p "$root"
for package in "$cache"/*.deb; do
	dpkg -x "$package" "$root"
done
printf "[constants]\nroot = '%s'\n" "$(realpath "$root")" >"$root/root.cross"
