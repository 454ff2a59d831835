# shellcheck shell=bash
# Kernels of our own: Debian's linux-source-6.12 with the options of kernel.config,
# kernel-ARCH.config and NAME.config. Sourced, after lib.sh, by prepare and prepare-arm64.
#
# Everything about such a kernel is in its root's /usr/src/NAME, what was built in its
# linux; the source, which all kernels of a root share, is in /usr/src/$SOURCE.

SOURCE=ious-source-6.12

# Their architecture, and what make has to know beside it where that is not this machine's.
OWN_ARCH=$HOST_ARCH
OWN_FLAGS=''

# ROOT FOLDER COMMAND MESSAGE: the command there, or the message and the end
in_source() {
	local log=$CACHE/log/kernel-$OWN_ARCH-$2
	in_root "$1" sh -c "cd /usr/src/$2 && $3" >>"$log" 2>&1 || die "$4, see $log"
}

fetch_source() {
	local root=$1
	[ ! -e "$root/usr/src/$SOURCE/version" ] || return 0
	say "fetching the source of our kernels"
	mkdir -p "$root/usr/src/$SOURCE"
	: >"$CACHE/log/kernel-$OWN_ARCH-$SOURCE"
	in_source "$root" "$SOURCE" 'apt-get -q update' "no list of packages"
	install_in "$root" "$CACHE/log/kernel-$OWN_ARCH-$SOURCE" \
		bc bison dwarves flex gcc libc6-dev libelf-dev make python3 rsync xz-utils
	in_source "$root" "$SOURCE" 'rm -rf linux && mkdir linux && cd linux &&
		apt-get -q -o APT::Sandbox::User=root download linux-source-6.12 &&
		dpkg-deb --fsys-tarfile linux-source-*.deb |
			tar -xO --wildcards "*/linux-source-6.12.tar.xz" |
			tar -xJ --strip-components=1 \
				--exclude="*/drivers/gpu/drm/amd/include"' \
		"linux-source-6.12 cannot be fetched"
	in_source "$root" "$SOURCE" \
		"dpkg-deb -f linux/linux-source-*.deb Version >version.new &&
		rm linux/linux-source-*.deb && mv version.new version" \
		"the source has no version"
}

# NAME ROOT DIRECTORY: the image and its release there
build_own_kernel() {
	local name=$1 root=$2 dir=$3 src=$2/usr/src/$1 image=x86/boot/bzImage
	local make="make -C /usr/src/$SOURCE/linux O=/usr/src/$1/linux $OWN_FLAGS"
	mkdir -p "$dir" "$src"
	configuration "$name" "$OWN_ARCH" >"$src/config"
	! cmp -s "$src/config" "$src/built" || return 0
	say "building the $name kernel: a quarter of an hour on two CPUs"
	# of before the source was shared
	[ ! -e "$src/linux/Kconfig" ] || rm -rf --one-file-system "$src/linux"
	mkdir -p "$src/linux"
	: >"$CACHE/log/kernel-$OWN_ARCH-$name"
	in_source "$root" "$name" \
		"KCONFIG_ALLCONFIG=/usr/src/$name/config $make allnoconfig" \
		"the kernel cannot be configured"
	check_config "$name" "$src"
	case $OWN_ARCH in
	arm64) image=arm64/boot/Image ;;
	esac
	in_source "$root" "$name" "$make -j$(nproc) ${image##*/} modules" \
		"the kernel cannot be built"
	put "$src/linux/arch/$image" "$dir/vmlinuz"
	cp "$src/linux/include/config/kernel.release" "$dir/release"
	cp "$root/usr/src/$SOURCE/version" "$dir/version"
	drop_objects "$src/linux"
	rm -rf "$dir/io_uring_spawn.ko" "$dir/tests"
	cp "$src/config" "$src/built"
}

# Modules are built with its headers and scripts; its objects are most of the disk
# that it takes.
drop_objects() {
	(cd "$1" && find . -path ./scripts -prune -o -path ./tools -prune -o \
		\( -name '*.o' -o -name '*.a' -o -name '.tmp_vmlinux*' \) \
		-exec rm {} +)
}

# An option whose dependencies are missing would silently be off.
check_config() {
	local line bad=
	while read -r line; do
		case $line in
		CONFIG_*) grep -qxF "$line" "$2/linux/.config" || bad="$bad $line" ;;
		esac
	done <"$2/config"
	[ -z "$bad" ] || die "the $1 kernel does not have$bad"
}
