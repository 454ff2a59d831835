#!/bin/bash
# What a spawn costs, in instructions, as ratios: a part of make bench, whose figures
# are in docs/performance.md. On one kernel.
set -eu
. "$(dirname "$0")/../vm/tap.sh"

if [ "$KERNEL" != 6.12 ]; then
	ok 0 "what a spawn costs # SKIP is measured on 6.12"
	finish
fi
run_guest --icount --file "$IOUS_BUILD/bench/spawn:/bench/spawn" \
	--file "$IOUS_BUILD/bench/first:/bench/first" -- sh -c '
for method in "vfork, execve" posix_spawn chain "chain, CQEs after the exit" \
	"3 redirections: posix_spawn" "3 redirections: chain"; do
	/bench/spawn -n 20 -s 1000 -p plain -m "$method" || exit
done'
show_output
ok "$status" "the machine is as it was"

# METHOD OTHER LIMIT: of 1000 instructions that the other one takes, at the least
costs() {
	awk -F '|' -v method="$1" -v other="$2" -v limit="$3" '
	$1 == "spawn" && $4 == "reaped" { cost[$3] = $6 }
	END { exit !(cost[method] > 0 && cost[other] > 0 &&
		     cost[method] * 1000 <= cost[other] * limit) }' "$out" &&
		ok 0 "$1 to $2" || ok 1 "$1 to $2: more than $3 to 1000"
}
costs chain "vfork, execve" 1080
costs "chain, CQEs after the exit" "vfork, execve" 1050
# Debian 13's, of glibc 2.41, takes about a fifth less than Debian 12's, of 2.36.
case $(getconf GNU_LIBC_VERSION) in
"glibc 2."[0-3][0-9]) plain=750 redirected=800 ;;
*) plain=970 redirected=1000 ;;
esac
costs chain posix_spawn "$plain"
costs "3 redirections: chain" "3 redirections: posix_spawn" "$redirected"
finish
