#!/bin/bash
# SPDX-License-Identifier: MIT
# The order of memory accesses, by the kernel's own model of it: herd7 tries all
# executions of each of tests/litmus. Emulated machines cannot show that. In a test's
# first comment:
#
#	Result:	Never, or Sometimes if the outcome can be
#	Code:	FILE TEXT: it stands for this line, which must be there
#	Weaker:	what sed makes of it can have the outcome: the barrier is needed
set -eu
. "$(dirname "$0")/../lib/lint.sh"

"$VM_DIR/prepare" checkers
lib=$CACHE/herd7/usr/lib/$MULTIARCH

herd() {
	"$lib/$LOADER" --library-path "$lib" "$CACHE/herd7/usr/bin/herd7" \
		-set-libdir "$CACHE/herd7/usr/share/herdtools7/herd" \
		-I "$CACHE/memory-model" -conf "$CACHE/memory-model/linux-kernel.cfg" "$1" 2>&1
}

# of the first comment
says() { sed -n "/^ \*)/q; s/^ \* $1: //p" "$2"; }

# FILE RESULT: and no data race, of plain accesses
results_in() {
	herd "$1" >"$work/out"
	grep -q "^Observation [^ ]* $2 " "$work/out" &&
		{ [ "$2" = Sometimes ] || ! grep '^Flag' "$work/out"; } && return
	cat "$work/out"
	return 1
}

# FILE EXPRESSION: in its code
can_be_weaker() {
	sed "1,/^ \*)/! { $2; }" "$1" >"$work/weaker.litmus"
	! cmp -s "$1" "$work/weaker.litmus" && results_in "$work/weaker.litmus" Sometimes
}

is_the_code() {
	says Code "$1" | {
		status=0
		while read -r file text; do
			grep -qF -- "$text" "$TOP/$file" ||
				{ echo "$file has no $text"; status=1; }
		done
		return "$status"
	}
}

for file in "$TOP"/tests/litmus/*.litmus; do
	name=$(basename "$file" .litmus)
	check "$name: $(says Result "$file")" results_in "$file" "$(says Result "$file")"
	check "$name: the module's code is like that" is_the_code "$file"
	while read -r weaker; do
		check "$name: not without $weaker" can_be_weaker "$file" "$weaker"
	done < <(says Weaker "$file")
done
finish
