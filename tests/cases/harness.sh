#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# tests/vm/run itself: what it gives to a command, what it says, and that it needs
# no root where nothing has to be made.
set -eu
. "$(dirname "$0")/../vm/tap.sh"
. "$(dirname "$0")/../vm/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work" "$out"' EXIT
chmod 755 "$work"

mkdir -p "$work/folder/deep" "$work/image"
echo text >"$work/folder/deep/file"
ln -s deep/file "$work/folder/link"
echo on the disk >"$work/image/file"
PATH=$PATH:/sbin:/usr/sbin mke2fs -q -t ext4 -d "$work/image" "$work/disk" 8M

disks=(--disk "$work/disk" --disk "$work/disk") no_disks=''
# a program with a library that no other brings
if is_foreign "$KERNEL"; then
	"$VM_DIR/prepare-arm64" tools
	cp "$IOUS_BUILD/demo/io_uring_spawn" "$work/folder/program"
	disks=() no_disks="disks are not for foreign kernels"
else
	cp "$(command -v xz)" "$work/folder/program"
	! is_our_own "$KERNEL" || disks=() no_disks="the kernel has no virtio"
fi

# expanded in the guest
# shellcheck disable=SC2016
run_guest ${disks[@]+"${disks[@]}"} --file "$work/folder:/folder" \
	--file "$IOUS_BUILD/demo/examples/spawn:/spawn" --stats -- \
	A='b c' B=$'d\ne' sh -c '
echo "environment: $A, $B" | tr "\n" " "
echo
cat /folder/link
/folder/program --version | head -n 1
mkdir /disk /other
mount /dev/vda /disk
mount /dev/vdb /other
echo "disk: $(cat /disk/file), $(cat /other/file)"
echo changed >/disk/file
umount /disk /other
/spawn
echo "with the module: $?"
echo 0 >/sys/module/io_uring_spawn/parameters/armed
/spawn
echo "disarmed: $?"
echo 1 >/sys/module/io_uring_spawn/parameters/armed
/spawn
echo "with it again: $?"
'
has 'environment: b c, d e' "NAME=VALUE before the command"
has 'text$' "a folder with a link"
has '\(xz (XZ Utils)\|io_uring_spawn [0-9]\)' "a program in a folder has its libraries"
if [ ${#disks[@]} -gt 0 ]; then
	has 'disk: on the disk, on the disk$' "two disks with ext4"
else
	skip "two disks with ext4" "$no_disks"
fi
has 'with the module: 0$' "with the module"
has 'disarmed: [1-9]' "without it, in the same boot"
has 'with it again: 0$' "with it again"
has 'executed 2$' "--stats: two chains executed a program"
ok "$status" "the machine is as it was"
show_output
PATH=$PATH:/sbin:/usr/sbin debugfs -R 'cat file' "$work/disk" 2>"$work/log" |
	grep -qx 'on the disk' && ok 0 "the image is as it was" ||
	ok 1 "the image is as it was"

# the rest is the same on all kernels
if [ "$KERNEL" = 6.12 ]; then
	status=0
	run_guest --boot-timeout 1 -- true
	[ "$status" = 97 ] && ok 0 "a boot that takes too long: 97" ||
		ok 1 "a boot that takes too long: $status"
	has "run: gave up: it did not boot in three tries of 1 s" "it says so"

	# what QEMU sometimes does by itself, of hundreds of machines one
	status=0
	run_guest --no-module -- sh -c 'echo status 3 >/dev/host
		echo "reboot: Power down" >/dev/kmsg; sleep 1000'
	[ "$status" = 3 ] && ok 0 "QEMU does not end: the status is that of the command" ||
		ok 1 "QEMU does not end: $status"
	has "run: QEMU did not end with its machine" "it says so"

	# a case names the module, which another run of the harness is about to make
	mkdir -p "$work/tests" "$work/build/vm/$KERNEL"
	cp -r "$VM_DIR" "$work/tests/vm"
	ln -s "$CACHE/$KERNEL/vmlinuz" "$work/build/vm/$KERNEL/vmlinuz"
	printf '#!/bin/sh\ncp "%s" "%s"\n' "$CACHE/$KERNEL/io_uring_spawn.ko" \
		"$work/build/vm/$KERNEL" >"$work/tests/vm/prepare"
	status=0
	IOUS_BUILD=$work/build "$work/tests/vm/run" --kernel "$KERNEL" --no-module \
		--file "$work/build/vm/$KERNEL/io_uring_spawn.ko:/vm/module.ko" -- \
		test -s /vm/module.ko >"$out" 2>&1 || status=$?
	ok "$status" "--file of a module that is not there yet: it is made first"
	[ "$status" = 0 ] || show_output

	# a loop that starts one after the other, as a script of the tests does
	cat >"$work/jobs" <<-END
		. "$VM_DIR/lib.sh"
		loop() { while :; do echo >>"$work/began"; sh -c 'sleep 0.2; :' "$work"; done; }
		in_background loop
		in_background loop
		wait
	END
	bash "$work/jobs" & jobs=$!
	sleep 1
	kill "$jobs"
	status=0
	wait "$jobs" || status=$?
	began=$(wc -l <"$work/began")
	sleep 1
	[ "$status" = 130 ] && [ "$began" -ge 2 ] && [ "$(wc -l <"$work/began")" = "$began" ] &&
		! busybox pgrep -f "$work" >/dev/null &&
		ok 0 "jobs end with their script" || ok 1 "jobs end with their script"

	user="setpriv --reuid=65534 --regid=65534 --clear-groups"
	if $user test -r "$VM_DIR/run" && $user test -r "$CACHE/$KERNEL/vmlinuz"; then
		status=0
		$user "$VM_RUN" --kernel "$KERNEL" -- echo as a user >"$out" 2>&1 || status=$?
		ok "$status" "a user who is not root"
		has 'as a user$' "and its output"
		show_output
	else
		ok 0 "a user who is not root # SKIP it cannot read this tree"
	fi
fi
finish
