# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# The guest's parts: Debian's arm64 cloud kernel 6.12, the drivers that it lacks, and busybox.

kernel_here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")

# The sources of those drivers, inside the kernel's source tree.
kernel_sources=(
	drivers/firmware/arm_scmi/common.h
	drivers/firmware/arm_scmi/notify.h
	drivers/firmware/arm_scmi/protocols.h
	drivers/firmware/arm_scmi/scmi_power_control.c
	drivers/firmware/arm_scmi/transports/virtio.c
	drivers/hwmon/hwmon.c
	drivers/hwmon/scmi-hwmon.c
)

# kernel_fetch FOLDER: downloads what is needed of the newest 6.12 into FOLDER/deb.
# Sets kernel_release, as `uname -r` tells it in the guest.
kernel_fetch()
{
	local image base version
	image=$(apt_private apt-cache depends linux-image-cloud-arm64:arm64 |
		sed -n 's/^ *Depends: \(linux-image-6\.12[^: ]*\).*/\1/p')
	if [ -z "$image" ]; then
		echo "guest: the package lists have no cloud kernel 6.12 for arm64" >&2
		return 1
	fi
	kernel_release=${image#linux-image-}
	base=${kernel_release%-cloud-arm64}
	version=$(apt_private apt-cache policy "$image:arm64" | sed -n 's/^ *Candidate: //p')
	apt_fetch "$1/deb" \
		"$image:arm64" "linux-headers-$kernel_release:arm64" "linux-headers-$base-common" \
		"linux-kbuild-$base" "linux-source-6.12=$version" busybox-static:arm64
}

# kernel_drivers FOLDER: builds the modules in FOLDER/modules, as anyone builds an external module.
kernel_drivers()
{
	local headers=$1/headers/usr/src/linux-headers-$kernel_release deb
	for deb in "$1"/deb/linux-headers-*.deb "$1"/deb/linux-kbuild-*.deb; do
		dpkg-deb -x "$deb" "$1/headers"
	done
	# The headers expect to be installed; ours lie elsewhere.
	sed -i "s,/usr/src/,$1/headers/usr/src/," "$headers/Makefile"

	mkdir "$1/modules"
	cp "$kernel_here/Kbuild" "$kernel_here/consumer.c" "$1/modules"
	dpkg-deb --fsys-tarfile "$1"/deb/linux-source-*.deb |
		tar -xO ./usr/src/linux-source-6.12.tar.xz | xz -dc -T0 |
		tar -C "$1/modules" --strip-components=1 -x "${kernel_sources[@]/#/linux-source-6.12/}"
	make -s -j"$(nproc)" -C "$headers" M="$1/modules" \
		CC=aarch64-linux-gnu-gcc CONFIG_DEBUG_INFO_BTF_MODULES= modules >&2
	aarch64-linux-gnu-strip --strip-debug "$1"/modules/*.ko
}

# kernel_build FOLDER RESULT: leaves vmlinuz, busybox, the modules and `release` in RESULT.
kernel_build()
{
	kernel_fetch "$1"
	echo "guest: building the drivers that $kernel_release lacks" >&2
	kernel_drivers "$1"
	mkdir "$2"
	dpkg-deb --fsys-tarfile "$1"/deb/linux-image-*.deb |
		tar -xO "./boot/vmlinuz-$kernel_release" >"$2/vmlinuz"
	dpkg-deb --fsys-tarfile "$1"/deb/busybox-static_*.deb |
		tar -xO --wildcards '*/bin/busybox' >"$2/busybox"
	chmod +x "$2/busybox"
	cp "$1"/modules/*.ko "$2"
	echo "$kernel_release" >"$2/release"
}
