#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# scripts/s390x-root.sh FOLDER: unpacks cmocka for s390x, Debian's big-endian machine, into FOLDER,
# with FOLDER/root.cross, which tells scripts/s390x.cross where that is.
# The packages come from this machine's own package sources, by a state of apt's that is private:
# nothing is installed, no architecture is added, root is not needed. They are kept in the cache.
set -eu

root=$1
# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "$ID-$VERSION_ID")
cache=${VSCMI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vscmi}/s390x-$release

# Cleared are what a machine does after each update for itself, and the other architectures.
private_apt() {
	cat >"$state/apt.conf" <<END
#clear APT::Architectures;
#clear APT::Update;
APT::Architecture "s390x";
APT::Architectures { "s390x"; };
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::Retries "3";
Dir::Cache "$state";
Dir::State "$state";
Dir::State::status "$state/status";
END
	apt-get -q -c "$state/apt.conf" "$@"
}

if ! ls "$cache"/libcmocka0_*.deb "$cache"/libcmocka-dev_*.deb >/dev/null 2>&1; then
	echo "Downloading cmocka for s390x to $cache"
	mkdir -p "$cache"
	state=$(mktemp -d)
	trap 'rm -rf "$state"' EXIT
	mkdir -p "$state/lists/partial" "$state/archives/partial"
	: >"$state/status"
	private_apt update || echo "Some package lists are missing; going on."
	(cd "$state" && private_apt download libcmocka0 libcmocka-dev)
	mv "$state"/*.deb "$cache"
fi

rm -rf "$root"
mkdir -p "$root"
for package in "$cache"/*.deb; do
	dpkg -x "$package" "$root"
done
printf "[constants]\nroot = '%s'\n" "$(realpath "$root")" >"$root/root.cross"
