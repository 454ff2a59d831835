#!/bin/bash
# SPDX-License-Identifier: MIT
# One meaning for each name: what module/ defines, user space does not define again.
# There, ious_ is what ious.h exports or what files share: what one file has to itself
# has no prefix.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/ious-lint.XXXXXX")
trap 'rm -rf "$work"' EXIT
. "$top/tests/lib/tap.sh"
cd "$top"

# A chain is the same to both.
same='ious_chain'

# What the C files and headers below $1 define: "KIND NAME FILE:LINE". They are laid
# out as the kernel's: a definition begins its line, a function's { has one of its own.
definitions() {
	find "$1" -name '*.[ch]' -print0 | sort -z | xargs -0 awk '
	function found(kind, name) { print kind, name, FILENAME ":" FNR }
	# the first name of ours in this line that @after follows
	function name_before(after,   line, name) {
		for (line = $0; match(line, /(ious|IOUS)_[A-Za-z0-9_]+/);) {
			name = substr(line, RSTART, RLENGTH)
			line = substr(line, RSTART + RLENGTH)
			if (line ~ "^" after)
				return name
		}
		return ""
	}
	FNR == 1 { function_name = kind = ""; in_enum = 0 }
	/^#[ \t]*define[ \t]+(ious|IOUS)_/ && $2 !~ /_H$/ {
		name = $2
		sub(/\(.*/, "", name)
		found("macro", name)
	}
	/^(struct|union|enum)[ \t]+ious_[a-z0-9_]+[ \t]*\{/ { found("type", $2) }
	/^enum[^a-z;]*(ious_[a-z0-9_]+)?[ \t]*\{/ { in_enum = 1; next }
	/^}/ { in_enum = 0 }
	in_enum && /^\tIOUS_/ { found("constant", name_before("")) }
	/^TRACE_EVENT\(ious_/ { found("event", name_before(",")) }
	# its type may have had a line of its own
	/^[a-z_]/ { kind = /(^|[) ])static / || kind == "wrapped" ? "static-" : "" }
	/^([a-z_].*)?ious_.*\(/ { function_name = name_before("\\(") }
	/^static [^(]*ious_[a-z0-9_]+(\[.*\])?( =|;)/ {
		found("static-variable", name_before("(\\[[^]]*\\])*( =|;)"))
	}
	/^\{/ && function_name { found(kind "function", function_name) }
	/^\{/ || /;$/ { function_name = kind = "" }
	/(^|[) ])static [^(;={]*$/ { kind = "wrapped" }'
}

definitions module >"$work/module"
definitions userspace >"$work/userspace"

# A reader that finds nothing would find no fault.
finds() {
	local kind least
	while read -r kind least; do
		[ "$(grep -c "^$kind " "$work/module")" -ge "$least" ] ||
			echo "fewer than $least of the kind $kind in module/"
	done <<-END
		function 80
		static-function 200
		static-variable 5
		type 20
		macro 20
		constant 20
		event 3
	END
	[ "$(grep -c '^function ious_' "$work/userspace")" -ge 60 ] ||
		echo "too few functions in userspace/"
}

twice() {
	awk -v same=" $same " '
	FNR == NR { where[$2] = where[$2] " " $3; next }
	$2 in where && !index(same, " " $2 " ") { print $2 ":" where[$2], $3 }' \
		"$work/module" "$work/userspace"
}

prefixed() {
	local kind name place
	while read -r kind name place; do
		case $kind:$place in
		static-*:*.c:* | macro:*.c:* | constant:*.c:*)
			echo "$place: $name is this file's alone" ;;
		# a type may be named by a header that does not show it
		type:*.c:*)
			grep -qrw --include='*.h' "struct $name" userspace ||
				echo "$place: $name is this file's alone" ;;
		esac
	done <"$work/userspace"
}

nothing() {
	"$@" >"$work/wrong"
	! grep . "$work/wrong"
}

check "definitions are found" nothing finds
check "no name is defined in module/ and in userspace/" nothing twice
check "in userspace/, ious_ is what files share" nothing prefixed
finish
