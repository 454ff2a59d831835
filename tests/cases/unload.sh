#!/bin/bash
# The module comes and goes, UNLOAD_ROUNDS times, under programs that spawn
# without end, that sleep in io_uring, that are killed.
set -eu
. "$(dirname "$0")/../vm/tap.sh"

rounds=${UNLOAD_ROUNDS:-16}
# One CPU: an emulated one may miss that another patches the code it runs.
run_guest --smp 1 --no-module --timeout 880 \
	--file "$IOUS_BUILD/vm/$KERNEL/io_uring_spawn.ko:/vm/io_uring_spawn.ko" \
	--file "$IOUS_BUILD/tests/data/tiny:/tests/tiny" \
	--file "$IOUS_BUILD/tests/guest/load:/tests/load" -- sh -c '
params=/sys/module/io_uring_spawn/parameters
/tests/load forever & spawner=$!
/tests/load sleep & sleeper=$!
busy=0 gone=0 failed=0 i=0
while [ $i -lt '"$rounds"' ]; do
	insmod /vm/io_uring_spawn.ko || failed=$((failed + 1))
	# a spawner that dies in the middle
	[ $((i % 10)) != 5 ] || { kill -9 $spawner; wait $spawner; /tests/load forever & spawner=$!; }
	[ $((i % 3)) = 0 ] || usleep $((i * 300))
	until { echo 0 >$params/armed; } 2>/dev/null; do
		busy=$((busy + 1)); [ $busy -lt 4000 ] || break
	done
	rmmod io_uring_spawn && gone=$((gone + 1))
	i=$((i + 1))
done
kill -9 $spawner $sleeper; wait
echo "gone $gone failed $failed busy $busy spawned $(cat /tmp/spawned)"
'
show_output
ok "$status" "the machine is as it was"
has "gone $rounds failed 0 " "loaded and unloaded $rounds times"
has '.* spawned [1-9]' "while programs were spawned"
finish
