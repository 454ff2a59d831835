#!/bin/bash
# A chain of a process that has 1,000,000 descriptors open: it costs what vfork() costs,
# which copies them, and a look at each for the ring, which holds the CPU no longer than
# that; one that keeps three of them costs nothing for the others. On one CPU that counts
# instructions, in microseconds.
set -eu
. "$(dirname "$0")/../vm/tap.sh"

if [ "${KERNEL%-arm64}" != 6.12 ]; then
	ok 0 "what many descriptors cost # SKIP is measured on 6.12"
	finish
fi
run_guest --icount --mem 1024 --append preempt=full --timeout 600 \
	--file "$IOUS_BUILD/tests/data/tiny:/tests/tiny" \
	--file "$IOUS_BUILD/tests/guest/many_files:/tests/many_files" -- sh -c '
sleep 60
for nr in 10 1000000; do /tests/many_files $nr; done'
show_output
ok "$status" "the machine is as it was"

# TEXT CONDITION: of the arrays cost and latency, by way and descriptors, and of what
# the many cost more
check() {
	awk 'function get(way) { return cost[way, 1000000] - cost[way, 10] }
	NF == 4 && $2 ~ /^[0-9]+$/ {
		cost[$1, $2] = $3; latency[$1, $2] = $4; lines++
	}
	END { exit !(lines == 6 && ('"$2"')) }' "$out" && ok 0 "$1" || ok 1 "$1"
}
check "the look for the ring costs less than a third of the copy" \
	'get("chain") <= 1.33 * get("vfork")'
check "nobody waits longer than beside vfork(), by 100 us" \
	'latency["chain", 1000000] <= latency["vfork", 1000000] + 100'
check "with three of them kept, it costs little more than beside 10" \
	'cost["keep", 1000000] <= 1.15 * cost["keep", 10]'
check "and nobody waits longer, by 100 us" \
	'latency["keep", 1000000] <= latency["keep", 10] + 100'
finish
