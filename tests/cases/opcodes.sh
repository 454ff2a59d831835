#!/bin/bash
# Every opcode in a chain, and whether docs/opcodes.md says the same for this
# kernel's version. Those of our own are a 6.12.
set -eu
. "$(dirname "$0")/../vm/tap.sh"

top=$(cd "$(dirname "$0")/../.." && pwd)
run_guest --timeout 600 \
	--file "$IOUS_BUILD/tests/data/tiny:/tests/tiny" \
	--file "$IOUS_BUILD/tests/guest/opcodes:/tests/opcodes" -- \
	/tests/opcodes

case $KERNEL in
debug* | kcsan*) column=6.12 ;;
*) column=${KERNEL%%-*} ;;
esac

# Its own lines, without the plan, then one for each row of the table.
grep -v '^1\.\.' "$out"
awk -F ' *[|] *' -v column="$column" -v status="$status" '
FNR == NR {
	if (match($0, /^ok [0-9]+ - /))
		nr++
	sub(/ # SKIP.*/, "")
	if (sub(/^ok [0-9]+ - (default|SQE_MIXED): /, "") && match($0, /: [^:]*$/)) {
		name = substr($0, 1, RSTART - 1)
		saw[name] = substr($0, RSTART + 2)
	} else if (/^not ok/)
		nr++
	next
}
/^[|] opcode/ { for (i = 3; i <= NF; i++) if ($i == column) at = i; next }
/^[|]-/ || !/^[|]/ || !at { next }
{
	said = $at
	if (said == "-EAGAIN")
		said = "Resource temporarily unavailable"
	if (said == "–")
		said = ($2 in saw) ? "unknown here" : ""
	good = (said == saw[$2]) || ($2 == "RECV_ZC" && said != "works")
	printf "%s %d - docs/opcodes.md: %s\n", good ? "ok" : "not ok", ++nr, $2
	if (!good)
		printf "# it says %s, but: %s\n", $at, saw[$2]
	bad += !good
	told[$2] = 1
}
END {
	for (name in saw) {
		good = name in told
		printf "%s %d - %s is in docs/opcodes.md\n", good ? "ok" : "not ok", ++nr, name
		bad += !good
	}
	printf "%s %d - the machine is as it was\n", status == 0 ? "ok" : "not ok", ++nr
	print "1.." nr
	exit bad > 0 || status != 0
}' "$out" "$top/docs/opcodes.md"
