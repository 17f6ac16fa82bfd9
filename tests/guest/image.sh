# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# What a guest's kernel finds: the initial file system and the device tree.

image_here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")

# image_initramfs RESULT BUSYBOX INIT [FILE...]: with the files in /files.
image_initramfs()
{
	local result=$1 root
	root=$(dirname "$result")/root
	mkdir -p "$root"/{bin,sbin,usr/bin,usr/sbin,files,dev,proc,sys}
	cp "$2" "$root/bin/busybox"
	ln -s busybox "$root/bin/sh"
	cp "$image_here/inside.sh" "$root"
	cp "$3" "$root/init"
	shift 3
	[ $# -eq 0 ] || cp "$@" "$root/files"
	(cd "$root" && find . | cpio --create --format=newc --owner=0:0 --quiet) >"$result"
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
