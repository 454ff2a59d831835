#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# cargo and rustc of Debian 12 on the drop-in, as programs.sh has others. They are too big
# for an initramfs: a disk. The linker is a script, as no compiler of C is there.
set -eu
. "$(dirname "$0")/../vm/tap.sh"
. "$(dirname "$0")/../vm/lib.sh"

if [ "$KERNEL" != 6.12 ]; then
	skip "cargo and rustc" "they are tried on one kernel"
	finish
fi
work=$(mktemp -d)
trap 'rm -rf "$work" "$out"' EXIT
"$VM_DIR/prepare" rust/bookworm
mkdir -p "$work/disk/p/src/bin"
# expanded there
# shellcheck disable=SC2016
in_root "$CACHE/roots/bookworm" sh -c '
	cd / && {
		dpkg -L libstd-rust-1.63 libstd-rust-dev | grep -E "\.(so|rlib)$"
		for file in /usr/bin/rustc /usr/bin/cargo; do
			echo $file
			ldd $file | grep -o "/[^ ]*"
		done
	} | sort -u | tar -chf - -T - 2>/dev/null' | tar -C "$work/disk" -x
printf '[package]\nname = "p"\nversion = "0.1.0"\nedition = "2021"\n' \
	>"$work/disk/p/Cargo.toml"
for name in a b c; do
	echo 'fn main() {}' >"$work/disk/p/src/bin/$name.rs"
done
cat >"$work/disk/rustc" <<'END'
#!/bin/sh
echo rustc >>/tmp/started
exec /usr/bin/rustc "$@"
END
cat >"$work/disk/linker" <<'END'
#!/bin/sh
echo linker >>/tmp/started
for word; do
	[ "$last" != -o ] || : >"$word"
	last=$word
done
END
chmod 755 "$work/disk/rustc" "$work/disk/linker"
PATH=$PATH:/sbin:/usr/sbin mke2fs -q -t ext4 -O ^has_journal -d "$work/disk" \
	"$work/image" 700M

# expanded in the guest
# shellcheck disable=SC2016
run_guest --timeout 600 --mem 2048 --disk "$work/image" \
	--file "$IOUS_BUILD/demo/libio_uring_spawn_preload.so:/lib/drop-in.so" -- \
	RUSTC=/rustc RUSTFLAGS=-Clinker=/linker HOME=/tmp CARGO_HOME=/tmp/cargo sh -c '
mkdir /mnt
mount /dev/vda /mnt
for mount in proc sys dev tmp; do
	mkdir -p /mnt/$mount
	mount -o bind /$mount /mnt/$mount
done
mkdir -p /mnt/bin /mnt/lib
cp /bin/busybox /mnt/bin/sh
cp /lib/drop-in.so /mnt/lib
count() { grep -c "$1" /tmp/started; }
executed=/sys/module/io_uring_spawn/stats/executed
# NAME COMMAND...: what came of it, by libc and by the drop-in
try() {
	name=$1
	shift
	for how in off require; do
		rm -rf /tmp/started /tmp/target
		touch /tmp/started
		before=$(cat $executed)
		IO_URING_SPAWN=$how LD_PRELOAD=/lib/drop-in.so chroot /mnt "$@" >/tmp/said 2>&1
		status=$?
		after=$(cat $executed)
		echo "$name: $how: status $status, $(count rustc) rustc, $(count linker)" \
			"linkers, $((after - before)) by chains"
		[ $status = 0 ] || cat /tmp/said
	done
}
try rustc /usr/bin/rustc -Clinker=/linker -o /tmp/a /p/src/bin/a.rs
try cargo /usr/bin/cargo build --offline --manifest-path /p/Cargo.toml \
	--target-dir /tmp/target
umount /mnt/proc /mnt/sys /mnt/dev /mnt/tmp /mnt
'
has 'rustc: off: status 0, 0 rustc, 1 linkers, 0 by chains$' "rustc, by libc"
has 'rustc: require: status 0, 0 rustc, 1 linkers, 1 by chains$' "rustc: its linker by a chain"
has 'cargo: off: status 0, 7 rustc, 3 linkers, 0 by chains$' "cargo, by libc"
# the three that compile are given the jobserver, in a child of fork()
has 'cargo: require: status 0, 7 rustc, 3 linkers, 7 by chains$' \
	"cargo: three linkers and four of seven rustc by chains"
ok "$status" "the machine is as it was"
show_output
finish
