# shellcheck shell=bash disable=SC2034 # used by those who source it
# TAP for the cases that boot machines: what ran in the guest is in $out, how the
# machine ended in $status. Sourced; the caller has set -eu.

out=$(mktemp)
trap 'rm -f "$out"' EXIT
status=0
. "$(dirname "${BASH_SOURCE[0]}")/../lib/tap.sh"

# "$@" is VM_RUN's arguments; a kernel that is slow has SLOW times the time-out. The guest's
# command has SLOW and IOUS_SEED in its environment, see lib/random.h.
run_guest() {
	local options=(--timeout $((300 * ${SLOW:-1})))
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		case $1 in
		--timeout) options+=("$1" $(($2 * ${SLOW:-1}))); shift ;;
		*) options+=("$1") ;;
		esac
		shift
	done
	shift
	"$VM_RUN" --kernel "$KERNEL" "${options[@]}" -- "SLOW=${SLOW:-1}" \
		"IOUS_SEED=${IOUS_SEED-}" "$@" >"$out" 2>&1 || status=$?
}

# has REGULAR-EXPRESSION TEXT: a line of the guest begins like that.
has() {
	grep -q "^$1" "$out" && ok 0 "$2" || ok 1 "$2"
}

# What the guest said, as a comment, or, if it was TAP, as ours: of one program
# or several.
show_output() { sed 's/^/# /' "$out"; }
pass_on() {
	nr=$(grep -c '^\(not \)\?ok ' "$out") || :
	awk '/^1\.\./ { next }
		sub(/^ok [0-9]+/, "") { $0 = "ok " ++nr $0 }
		sub(/^not ok [0-9]+/, "") { $0 = "not ok " ++nr $0 }
		{ print }' "$out"
}
