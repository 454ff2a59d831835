#!/bin/bash
# What a spawn costs, in instructions, as ratios, with the C library of Debian 13: the
# part of make bench that bench/limits names, with the limit of each. On one kernel.
set -eu
. "$(dirname "$0")/../vm/tap.sh"
. "$(dirname "$0")/../vm/lib.sh"
. "$TOP/bench/machine.sh"

case $KERNEL in
6.12 | 6.12-arm64) ;;
*)	ok 0 "what a spawn costs # SKIP is measured on 6.12"
	finish ;;
esac
arch=$(arch_of "$KERNEL")
! is_foreign "$KERNEL" || "$VM_DIR/prepare-arm64" bench
bench_files trixie
# Several rows of the limits are of one parent, work and way.
rows=$(awk -F '|' -v OFS='|' '/^limit/ { print $3, $4, $5; print $3, $4, $6 }' \
	"$TOP/bench/limits" | sort -u)
measured=$(mktemp)
trap 'rm -f "$out" "$measured"' EXIT

# expanded in the guest
# shellcheck disable=SC2016
measure() {
	run_guest --icount --mem 2048 --timeout 900 "${files[@]}" -- sh -c '
. /bench/guest
echo "$1" | while IFS="|" read -r parent work way; do
	how=libc
	[ "$way" != drop-in ] || how=drop_in
	$how trixie /bench/spawn -n 25 -t 100 -p "$parent" -w "$work" -y "$way" || exit
done' sh "$rows"
	show_output
	cat "$out" >>"$measured"
}

# A line for each limit, of the least that was measured: "ok" or "not", and what it is.
judge() {
	awk -F '|' -v arch="$arch" '
	$1 == arch { own[$2, $3, $4, $5, $6] = $7 }
	$1 == "spawn" {
		row = $6 SUBSEP $3 SUBSEP $4 SUBSEP $5
		if (!(row in least) || $8 < least[row])
			least[row] = $8
	}
	$1 == "limit" { limits[++nr] = $0 }
	END {
		for (i = 1; i <= nr; i++) {
			split(limits[i], p, "|")
			cost = least[p[2], p[3], p[4], p[5]]
			to = least[p[2], p[3], p[4], p[6]]
			ratio = to ? cost / to : 0
			if ((p[2], p[3], p[4], p[5], p[6]) in own)
				p[7] = own[p[2], p[3], p[4], p[5], p[6]]
			printf "%s %s, %s, %s: %.3f of %s (limit %s, wanted %s)\n",
				cost && ratio && ratio <= p[7] ? "ok" : "not", p[3], p[4],
				p[5], ratio, p[6], p[7], p[8]
		}
	}' "$TOP/bench/limits" "$measured"
}

measure
# boots differ by some hundredths: what is slower is so in two of them
if [ "$status" = 0 ] && judge | grep -q '^not'; then
	measure
fi
ok "$status" "the machine is as it was"
while read -r result text; do
	[ "$result" = ok ] && ok 0 "$text" || ok 1 "$text"
done < <(judge)
finish
