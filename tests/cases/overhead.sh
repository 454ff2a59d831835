#!/bin/bash
# What requests cost that have nothing to do with chains, in instructions: with the
# module little more than without it, and as before when it is gone. On one kernel:
# a part of make bench-overhead, whose figures are in docs/performance.md.
set -eu
. "$(dirname "$0")/../vm/tap.sh"
. "$(dirname "$0")/../vm/lib.sh"

if [ "${KERNEL%-arm64}" != 6.12 ]; then
	ok 0 "what others pay # SKIP is measured on 6.12"
	finish
fi
! is_foreign "$KERNEL" || "$VM_DIR/prepare-arm64" bench
run_guest --icount --no-module \
	--file "$IOUS_BUILD/vm/$KERNEL/io_uring_spawn.ko:/vm/io_uring_spawn.ko" \
	--file "$IOUS_BUILD/bench/overhead:/bin/overhead" -- sh -c '
sleep 60
overhead absent 7 && insmod /vm/io_uring_spawn.ko && overhead loaded 7 &&
echo 0 >/sys/module/io_uring_spawn/parameters/armed &&
rmmod io_uring_spawn && overhead unloaded 7'
show_output
ok "$status" "the machine is as it was"

# NAME STATE LIMIT: of 1000 instructions without the module
costs() {
	awk -F '|' -v name="$1" -v state="$2" -v limit="$3" '
	$1 == name { cost[$2] = $3 }
	END { exit !(cost["absent"] > 0 && cost[state] > 0 &&
		     cost[state] * 1000 <= cost["absent"] * limit) }' "$out" &&
		ok 0 "$1, $2" || ok 1 "$1, $2: more than $3 to 1000"
}
for what in "NOP, 1 at once" "NOP, 8 at once" "NOP, 32 at once"; do
	costs "$what" loaded 1060
	costs "$what" unloaded 1010
done
# its hooks save more registers
case $(arch_of "$KERNEL") in
arm64) read_limit=1035 ;;
*) read_limit=1020 ;;
esac
for what in "READ of 64 bytes, 1 at once" "READ of 64 bytes, 32 at once"; do
	costs "$what" loaded $read_limit
	costs "$what" unloaded 1010
done
finish
