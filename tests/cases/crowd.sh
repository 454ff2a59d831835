#!/bin/bash
# Unloading with 200 chains blocked: refused while they are there, done when
# their submitter is killed, at a random time. CROWD_ROUNDS times.
set -eu
. "$(dirname "$0")/../vm/tap.sh"

rounds=${CROWD_ROUNDS:-4}
# One CPU, as in unload.sh.
run_guest --smp 1 --no-module --timeout $((rounds * 20 + 300)) \
	--file "$IOUS_BUILD/vm/$KERNEL/io_uring_spawn.ko:/vm/io_uring_spawn.ko" \
	--file "$IOUS_BUILD/tests/guest/crowd:/tests/crowd" -- sh -c '
params=/sys/module/io_uring_spawn/parameters
mkfifo /tmp/started
refused=0 asked=0 gone=0 failed=0 i=0
while [ $i -lt '"$rounds"' ]; do
	insmod /vm/io_uring_spawn.ko || failed=$((failed + 1))
	/tests/crowd 200 /tmp/started & crowd=$!
	read -r line </tmp/started
	[ "$(cat $params/chains)" = 200 ] || failed=$((failed + 1))
	case $((i % 8)) in
	0)	asked=$((asked + 1))
		{ echo 0 >$params/armed; } 2>/dev/null || refused=$((refused + 1))
		kill -9 $crowd ;;
	1)	{ usleep $((i * 137 % 900000)); kill -9 $crowd; } & ;;
	*)	usleep $((i * 7919 % 50000)); kill -9 $crowd ;;
	esac
	tries=0
	until { echo 0 >$params/armed; } 2>/dev/null; do
		tries=$((tries + 1)); [ $tries -lt 20 ] || break
	done
	rmmod io_uring_spawn && gone=$((gone + 1))
	wait
	i=$((i + 1))
done
echo "gone $gone failed $failed refused $refused of $asked"
'
show_output
ok "$status" "the machine is as it was"
has "gone $rounds failed 0 " "200 chains, ended and unloaded $rounds times"
has '.* refused \([0-9]*\) of \1$' "refused while they were there"
finish
