#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A Debian machine with the packages, in QEMU: guest/run uses them, upgrades them
# while the module is loaded and busy; when the machine boots again, it removes and
# purges them.
# Needs what build.sh has left. Logs: build/log/packages-SUITE.
set -eu
. "$(dirname "$0")/lib.sh"

if [ "$HOST_ARCH" != amd64 ]; then
	skip "a machine with the packages" "the machine is a PC"
	finish
fi

version=$(module_version)
[ -d "$DEBS/next" ] || die "no packages to test: build.sh makes them"
mkdir -p "$BUILD/log"

# DKMS calls depmod at each step, which reads, on Debian 13 unpacks, all modules of
# the kernel; and udev loads what the machine has a device for. The disk's will do.
trim_kernel() {
	local kernel
	kernel=$(ls "$root/lib/modules")
	(cd "$root/lib/modules/$kernel/kernel" && rm -rf net sound &&
		find drivers -mindepth 1 -maxdepth 1 ! -name block ! -name virtio \
			-exec rm -rf {} +) && in_root "$root" depmod "$kernel"
}

# Compilers are slow on an emulated CPU. So the next version is compiled before, here,
# and what ccache then knows of is there in the machine, where the upgrade runs DKMS
# as it does anywhere.
fill_ccache() {
	cp -r "$DEBS/next" "$root/tmp/next"
	in_root "$root" env DEBIAN_FRONTEND=noninteractive DEBIAN_KERNEL_USE_CCACHE=1 \
		CCACHE_DIR=/var/cache/ious-ccache sh -ec '
			apt-get -qy --no-install-recommends install ccache /tmp/next/*.deb
			apt-get -qy purge io-uring-spawn-dkms io-uring-spawn \
				libio-uring-spawn-dev libio-uring-spawn0'
}

# In the root, where the host's CPU does it.
install_guest() {
	mkdir -p "$root/var/lib/ious-test"
	cp "$HERE"/guest/*.c "$root"/usr/share/doc/libio-uring-spawn-dev/examples/{plan,spawn}.c \
		"$root/var/lib/ious-test"
	# the root's own shell is to expand this
	# shellcheck disable=SC2016
	in_root "$root" sh -c 'cd /var/lib/ious-test && for program in hold abi spawn; do
		cc -O2 -Wall -Werror -o $program $program.c \
			$(pkg-config --cflags --libs io_uring_spawn) || exit
	done
	cc -O2 -Wall -Werror -o plan plan.c $(pkg-config --cflags --libs libio_uring_spawn)' ||
		return
	printf '%s\n' '[Unit]' 'After=auditd.service systemd-modules-load.service' \
		'[Service]' 'Type=idle' "ExecStart=/bin/sh -c 'mkdir -p /run/ious && \
tar -C /run/ious -xf /dev/vdb && exec sh /run/ious/run $version $version.1 >/dev/ttyS1 2>&1'" \
		'[Install]' 'WantedBy=multi-user.target' \
		>"$root/etc/systemd/system/ious-test.service"
	# a service that takes a second elsewhere takes an emulated CPU, which others
	# want as well, up to the minute and a half that systemd gives it
	mkdir -p "$root/etc/systemd/system.conf.d"
	printf '%s\n' '[Manager]' DefaultTimeoutStartSec=15min \
		>"$root/etc/systemd/system.conf.d/emulated.conf"
	in_root "$root" systemd-machine-id-setup && # or this is a first boot, and slow
		in_root "$root" systemctl enable ious-test &&
		in_root "$root" systemctl mask apt-daily.timer apt-daily-upgrade.timer \
			dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service \
			fstrim.timer getty@tty1.service systemd-pstore.service || return
	echo '/dev/vda / ext4 defaults 0 0' >"$root/etc/fstab"
	# or systemd brings caches up to date, as after an update of /usr, for minutes
	touch "$root/etc/.updated" "$root/var/.updated"
	# Debian 13's many take an emulated CPU minutes; Debian 12's are two.
	find "$root/etc/apparmor.d" -maxdepth 1 -type f ! -name 'lsb_release' ! -name 'nvidia_modprobe' -delete
	tar -C "$HERE/guest" -cf "$work/vdb" run -C "$DEBS/next" .
}

make_disk() {
	rm -rf "$root"/tmp/* "$root"/var/cache/apt/archives/*.deb
	truncate -s 4G "$work/vda"
	mke2fs -q -t ext4 -O ^has_journal -d "$root" "$work/vda"
	cp "$root"/boot/vmlinuz-* "$work/vmlinuz"
	cp "$root"/boot/initrd.img-* "$work/initrd"
	drop_root "$suite"
}

# NR: until the machine is switched off. One CPU, see "Known trouble" in
# docs/vm-harness.md. A machine that dies is not started again.
boot() {
	local accel=tcg cpu=max status=0
	! has_kvm || accel=kvm cpu=host
	timeout -k 5 1800 qemu-system-x86_64 -accel "$accel" -cpu "$cpu" -smp 1 -m 1536 \
		-nodefaults -display none -net none -no-reboot \
		-chardev "file,id=console,path=$log.$1.dmesg" -serial chardev:console \
		-chardev "file,id=out,path=$log.$1.out" -serial chardev:out \
		-drive "file=$work/vda,if=virtio,format=raw,cache=unsafe" \
		-drive "file=$work/vdb,if=virtio,format=raw,readonly=on" \
		-kernel "$work/vmlinuz" -initrd "$work/initrd" \
		-append "root=/dev/vda rw console=ttyS0 panic=-1 oops=panic softlockup_panic=1 systemd.getty_auto=no systemd.show_status=no" ||
		status=$?
	tr -d '\r' <"$log.$1.out" >"$work/out"
	[ "$status" = 0 ] && grep -qx "# end of boot $1" "$work/out"
}

clean_log() {
	tr -d '\r' <"$log.$1.dmesg" >"$work/dmesg"
	refute grep -nE "$KERNEL_REPORTS" "$work/dmesg"
}

# What guest/run has printed, with numbers.
report() {
	local line
	while read -r line; do
		case $line in
		'ok - '*) ok 0 "$suite: ${line#ok - }" ;;
		'not ok - '*) ok 1 "$suite: ${line#not ok - }" ;;
		*) printf '%s\n' "$line" ;;
		esac
	done <"$work/out"
}

for suite in $SUITES; do
	log=$BUILD/log/packages-$suite
	rm -f "$log".*
	copy_root machine "$suite" "$suite"
	root=$work/$suite
	check "$suite: the kernel is left with few modules" trim_kernel
	check "$suite: the next version is compiled" fill_ccache
	check "$suite: the packages are installed" install_packages
	check "$suite: the machine is made ready" install_guest
	make_disk
	for nr_of_boot in 1 2; do
		check "$suite: boot $nr_of_boot, to its end" boot $nr_of_boot
		report
		check "$suite: the kernel's log reports nothing" clean_log $nr_of_boot
	done
	rm "$work/vda"
done
finish
