# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# What QEMU loads beside the kernel: the initial file system and the device tree.

image_here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")

# image_initramfs KERNEL_FOLDER RESULT: busybox, the modules and our init.
image_initramfs()
{
	local root
	root=$(dirname "$2")/root
	mkdir -p "$root"/{bin,sbin,usr/bin,usr/sbin,lib/modules,dev,proc,sys}
	cp "$1/busybox" "$root/bin"
	ln -s busybox "$root/bin/sh"
	cp "$1"/*.ko "$root/lib/modules"
	cp "$image_here/init" "$root/init"
	(cd "$root" && find . | cpio --create --format=newc --owner=0:0 --quiet) >"$2"
}

# image_machine RESULT QEMU ARGUMENT...: the device tree of the machine that QEMU describes.
image_machine()
{
	local result=$1
	shift
	"$@" -machine "dumpdtb=$result" >/dev/null 2>&1
}

# image_device_tree RESULT MACHINE ADD...: that tree with an SCMI node, which the command ADD puts
# there, and our consumers.
image_device_tree()
{
	local result=$1 machine=$2
	shift 2
	"$@" "$machine" "$result.scmi" >/dev/null
	dtc -q -@ -I dts -O dtb -o "$result.consumers" "$image_here/consumers.dts"
	fdtoverlay -i "$result.scmi" -o "$result" "$result.consumers"
}
