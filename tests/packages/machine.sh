#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A Debian machine with the packages, in QEMU: guest/run uses them, upgrades them
# while the module is loaded and busy, boots again, removes and purges them.
# Needs what build.sh has left. Logs: build/log/packages-SUITE.
set -eu
. "$(dirname "$0")/lib.sh"

version=$(module_version)
[ -d "$DEBS/next" ] || die "no packages to test: build.sh makes them"
mkdir -p "$BUILD/log"

# In the root, where the host's CPU does it.
install_guest() {
	mkdir -p "$root/var/lib/ious-test"
	cp "$HERE/guest/hold.c" "$root/tmp"
	# the root's own shell is to expand this
	# shellcheck disable=SC2016
	in_root "$root" sh -c 'cc -O2 -Wall -Werror -o /var/lib/ious-test/hold /tmp/hold.c \
		$(pkg-config --cflags --libs io_uring_spawn)' || return
	printf '%s\n' '[Unit]' 'After=auditd.service systemd-modules-load.service' \
		'[Service]' 'Type=idle' "ExecStart=/bin/sh -c 'mkdir -p /run/ious && \
tar -C /run/ious -xf /dev/vdb && exec sh /run/ious/run $version $version.1 >/dev/ttyS1 2>&1'" \
		'[Install]' 'WantedBy=multi-user.target' \
		>"$root/etc/systemd/system/ious-test.service"
	in_root "$root" systemctl enable ious-test || return
	echo '/dev/vda / ext4 defaults 0 0' >"$root/etc/fstab"
	# or systemd brings caches up to date, as after an update of /usr, for minutes
	touch "$root/etc/.updated" "$root/var/.updated"
	# Debian 13's many take an emulated CPU minutes; Debian 12's are two.
	find "$root/etc/apparmor.d" -maxdepth 1 -type f ! -name 'lsb_release' ! -name 'nvidia_modprobe' -delete
	tar -C "$HERE/guest" -cf "$work/vdb" run -C "$DEBS/next" .
}

make_disk() {
	rm -rf "$root"/tmp/* "$root"/var/cache/apt/archives/*.deb
	mke2fs -q -t ext4 -O ^has_journal -d "$root" "$work/vda" 4G
	cp "$root"/boot/vmlinuz-* "$work/vmlinuz"
	cp "$root"/boot/initrd.img-* "$work/initrd"
	drop_root "$suite"
}

# One CPU, see "Known trouble" in docs/vm-harness.md. The machine boots twice.
boot() {
	local accel=tcg cpu=max
	! has_kvm || accel=kvm cpu=host
	rm -f "$log".*
	timeout -k 5 3600 qemu-system-x86_64 -accel $accel -cpu $cpu -smp 1 -m 1536 \
		-nodefaults -display none -net none \
		-chardev "file,id=console,path=$log.dmesg" -serial chardev:console \
		-chardev "file,id=out,path=$log.out" -serial chardev:out \
		-drive "file=$work/vda,if=virtio,format=raw,cache=unsafe" \
		-drive "file=$work/vdb,if=virtio,format=raw,readonly=on" \
		-kernel "$work/vmlinuz" -initrd "$work/initrd" \
		-append "root=/dev/vda rw console=ttyS0 panic=-1 oops=panic softlockup_panic=1"
}

clean_log() {
	tr -d '\r' <"$log.dmesg" >"$work/dmesg"
	refute grep -nE "$KERNEL_REPORTS" "$work/dmesg"
}

for suite in $SUITES; do
	log=$BUILD/log/packages-$suite
	copy_root machine "$suite" "$suite"
	root=$work/$suite
	check "$suite: the packages are installed" install_packages
	check "$suite: the machine is made ready" install_guest
	make_disk
	check "$suite: it boots, boots again, and is switched off" boot
	while read -r line; do
		case $line in
		'ok - '*) ok 0 "$suite: ${line#ok - }" ;;
		'not ok - '*) ok 1 "$suite: ${line#not ok - }" ;;
		*) printf '%s\n' "$line" ;;
		esac
	done < <(tr -d '\r' <"$log.out")
	check "$suite: all of it was done" grep -q '^# end' "$log.out"
	check "$suite: the kernel's log reports nothing" clean_log
	rm "$work/vda"
done
finish
