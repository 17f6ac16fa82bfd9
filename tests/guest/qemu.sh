# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# A QEMU with the vhost-user-scmi device, which came with 8.2.

# qemu_works PROGRAM: whether it runs and has the device.
qemu_works()
{
	"$1" -device help 2>/dev/null | grep -q '"vhost-user-scmi-pci"'
}

# qemu_build FOLDER RESULT: unpacks Debian's QEMU, with the libraries that are not installed, and
# leaves RESULT/qemu-system-aarch64, which runs it from there.
qemu_build()
{
	local packages deb triplet
	packages=$(apt_private apt-get install --simulate qemu-system-arm |
		sed -n 's/^Inst \([^ ]*\).*/\1/p')
	# shellcheck disable=SC2086 # one word for each package
	apt_fetch "$1/deb" $packages
	mkdir "$2"
	for deb in "$1"/deb/*.deb; do
		dpkg-deb -x "$deb" "$2"
	done
	triplet=$(cd "$2/usr/lib" && echo *-linux-gnu*)
	cat >"$2/qemu-system-aarch64" <<-EOF
		#!/bin/sh
		here=\$(dirname "\$0")
		LD_LIBRARY_PATH=\$here/usr/lib/$triplet:\$here/lib/$triplet \\
			exec "\$here/usr/bin/qemu-system-aarch64" -L "\$here/usr/share/qemu" "\$@"
	EOF
	chmod +x "$2/qemu-system-aarch64"
}
