#!/bin/bash
# Chains that wait for a thread cost their own submitter, and no more for each of
# 10,000 than for each of 100; a stranger pays nothing, and no lock is held for long.
# In microseconds of the guest, on one CPU that counts instructions; of eight rounds,
# the least. What must be linear is the sum of them, as a timer that comes in between
# halves or doubles the 150 to 370 of 100 chains. An exit takes 105 to 122 whatever is
# there; a look at each of 10,000 chains would double that at least. In one round of
# three Linux gives back a batch of free pages, with interrupts disabled for 200 to 600.
set -eu
. "$(dirname "$0")/../vm/tap.sh"
. "$(dirname "$0")/../vm/lib.sh"

if [ "${KERNEL%-arm64}" != 6.12 ]; then
	ok 0 "what many chains cost # SKIP is measured on 6.12"
	finish
fi
run_guest --icount --mem 2048 --append preempt=full --timeout 900 \
	--file "$IOUS_BUILD/tests/guest/blocked_cost:/tests/blocked_cost" -- sh -c '
sleep 60
for round in 1 2 3 4 5 6 7 8; do
	for rings in 1 10; do
		for chains in 10 100 10000; do /tests/blocked_cost $chains $rings; done
	done
done'
show_output
ok "$status" "the machine is as it was"

# TEXT CONDITION: get() has the least of all rounds, sum() their sum, by what is measured,
# chains and rings
check() {
	if awk 'function add(what, value) {
			what = what SUBSEP $1 SUBSEP $2
			if (!(what in all) || value < all[what])
				all[what] = value
			sums[what] += value
		}
		function get(what, chains, rings) { return all[what, chains, rings] }
		function sum(what, chains, rings) { return sums[what, chains, rings] }
		NF == 6 && $1 ~ /^[0-9]+$/ {
			add("stranger", $3); add("cancel", $4)
			add("close", $5); add("latency", $6); lines++
		}
		END { exit !(lines == 48 && ('"$2"')) }' "$out"; then
		ok 0 "$1"
	else
		show_output
		ok 1 "$1"
	fi
}
for rings in 1 10; do
	check "$rings rings: a stranger's exit costs what it does beside 10 chains" \
		"get(\"stranger\", 10000, $rings) <= 1.3 * get(\"stranger\", 10, $rings)"
	check "$rings rings: cancelling is linear" \
		"sum(\"cancel\", 10000, $rings) <= 150 * sum(\"cancel\", 100, $rings)"
	check "$rings rings: closing is linear" \
		"sum(\"close\", 10000, $rings) <= 150 * sum(\"close\", 100, $rings)"
	latency="$rings rings: nobody waits longer than beside 10 chains, by 100 us"
	if is_foreign "$KERNEL"; then
		# then the core's own loops show, see docs/performance.md
		skip "$latency" "arm64's kernel knows no preempt=full"
	else
		check "$latency" \
			"get(\"latency\", 10000, $rings) <= get(\"latency\", 10, $rings) + 100"
	fi
done
finish
