# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# A private apt: its own sources, package lists and downloads under one folder, for the host's
# architecture and another. Nothing is installed, and the system's apt configuration stays as it is.

# The Debian release that serves: what it has runs on the host or is linked with what the host has,
# so it must not be newer than the host's C library. Sets apt_release and apt_suite (the one that wins).
apt_choose_release()
{
	# shellcheck source=/dev/null
	case $(. /etc/os-release && echo "${VERSION_CODENAME:-}") in
	trixie)
		apt_release=trixie
		apt_suite=trixie
		;;
	*)
		apt_release=bookworm
		apt_suite=bookworm-backports
		;;
	esac
}

# The mirror that the system itself uses for this release. What a release calls itself is known
# once the system has package lists; before that there is what the sources call it.
apt_find_mirror()
{
	local option
	for option in --release-info --no-release-info; do
		# shellcheck disable=SC2016 # apt-get fills in the fields
		apt-get indextargets "$option" 'Created-By: Packages' \
			--format '$(REPO_URI) $(COMPONENT) $(RELEASE) $(CODENAME)'
	done | awk -v release="$apt_release" '
		$2 == "main" && ($3 == release || $4 == release) && $1 !~ /^cdrom:/ && !found++ {
			print $1
		}'
}

# apt_open FOLDER ARCHITECTURE: makes the private state in FOLDER and loads the package lists of
# the host's architecture and of this one.
apt_open()
{
	local host mirror suite
	apt_folder=$1
	host=$(dpkg --print-architecture)
	mirror=${VSCMI_DEBIAN_MIRROR:-$(apt_find_mirror)}
	if [ -z "$mirror" ]; then
		echo "apt: the system's apt sources have no Debian $apt_release;" \
			"set VSCMI_DEBIAN_MIRROR to the URI of a Debian mirror" >&2
		return 1
	fi

	mkdir -p "$apt_folder/lists/partial" "$apt_folder/archives/partial"
	for suite in "$apt_release" "$apt_suite"; do
		echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
			"$mirror $suite main"
	done | sort -u >"$apt_folder/sources.list"
	# What is installed counts, so that only missing libraries are fetched; QEMU itself does not,
	# because two versions of it do not fit into one system.
	awk -v RS= -v ORS='\n\n' '!/^Package: qemu-/' /var/lib/dpkg/status >"$apt_folder/status"
	cat >"$apt_folder/apt.conf" <<-EOF
		Dir::State "$apt_folder";
		Dir::State::status "$apt_folder/status";
		Dir::Cache "$apt_folder";
		Dir::Cache::pkgcache "pkgcache.bin";
		Dir::Etc::sourcelist "$apt_folder/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Dir::Etc::preferences "/dev/null";
		Dir::Etc::preferencesparts "/dev/null";
		#clear APT::Architectures;
		#clear APT::Update;
		APT::Architectures { "$host"; "$2"; };
		APT::Default-Release "$apt_suite";
		APT::Install-Recommends "false";
		APT::Sandbox::User "root";
		Acquire::Languages "none";
		Acquire::Retries "3";
		Debug::NoLocking "true";
	EOF
	echo "apt: loading the package lists of $apt_release (about 20 MB)" >&2
	apt_private apt-get update -qq
}

# apt_private TOOL ARGUMENT...: runs apt-get or apt-cache on the private state.
apt_private()
{
	local tool=$1
	shift
	LC_ALL=C "$tool" -c "$apt_folder/apt.conf" "$@"
}

# apt_fetch FOLDER PACKAGE...: downloads these packages into FOLDER, and tells the size before.
apt_fetch()
{
	local folder=$1
	shift
	mkdir -p "$folder"
	apt_private apt-get download --print-uris "$@" |
		awk '{ n++; bytes += $3 }
		END { printf "apt: downloading %d packages, %.0f MB\n", n, bytes / 1e6 }' >&2
	(cd "$folder" && apt_private apt-get download "$@" >&2)
}
