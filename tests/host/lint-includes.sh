#!/bin/bash
# SPDX-License-Identifier: MIT
# The module's files stand on each other as the map in docs/design.md says: whatever a
# file includes, calls, names or reads of another one's is further down. So there is no
# circle. And what a file offers is declared in its own header.
#
#     lint-includes.sh            checks
#     lint-includes.sh arrows     prints who uses what: FROM TO NAME
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
# Another copy of the module, for those who check this check.
module=${MODULE:-$top/module}

# FILE: its name in the map. An architecture's files stand for the same.
stem_of() { basename "${1%.*}" | sed -E 's/_(x86|arm64)$//'; }

# The map's order: the first column of its table, from the top of the house.
floors() {
	sed -n '/^## The map/,/^## The way/s/^| *\([a-z_, ]*\) *|.*/\1/p' "$top/docs/design.md" |
		tr -d ' ' | tr ',' '\n' | sed '1{/^file$/d}'
}

# FILE: without comments and strings. Macros stay: what they name is used.
code() {
	sed 's/"\(\\.\|[^"\\]\)*"/""/g' "$1" | awk '
		{
			line = $0; out = ""
			while (line != "") {
				if (inside) {
					i = index(line, "*/")
					if (!i) break
					line = substr(line, i + 2); inside = 0
				} else {
					i = index(line, "/*")
					if (!i) { out = out line; break }
					out = out substr(line, 1, i - 1)
					line = substr(line, i + 2); inside = 1
				}
			}
			print out
		}'
}

# Where what can be used by others is: NAME HOME KIND. Inline functions and structures are
# at home in their header; the others in the file that has their body or value.
# IOUS_OPS makes prototypes of ops' functions, the assembler defines the trampoline.
homes() {
	local file stem
	for file in "$module"/*.h; do
		stem=$(stem_of "$file")
		code "$file" | sed -nE "
			s/^static inline .*\b(ious_[a-z0-9_]+)\(.*/\1 $stem inline/p
			s/^extern .*\b(ious_[a-z0-9_]+)(\[.*)?;/\1 $stem declared/p
			/^(static|extern|typedef|#|struct [a-z_]+ \{)/!s/^[a-z][^(]*\b(ious_[a-z0-9_]+)\(.*/\1 $stem declared/p"
	done
	for file in "$module"/*.c; do
		stem=$(stem_of "$file")
		code "$file" | sed -nE "
			/^(static|extern|typedef|#|DEFINE|DECLARE|module_|MODULE)/b
			/;\$/{/=/!{/^[a-z].*\(/b}}
			s/^[a-z][^(]*\b(ious_[a-z0-9_]+)\(.*/\1 $stem defined/p
			s/^(const |void |atomic_t |struct |unsigned |rwlock_t )[^(]*\b(ious_[a-z0-9_]+)(\[.*\]*)?( =.*|;)/\2 $stem defined/p
			s/^.*\.globl[^a-z]*(ious_[a-z0-9_]+).*/\1 $stem defined/p"
		sed -nE "s/^.*\.globl[^a-z]*(ious_[a-z0-9_]+)\\\\n.*/\1 $stem defined/p" "$file"
	done
}

# FROM TO WHAT, all that cross a file's border. Tracepoints and structures may have the
# name of a function.
arrows() {
	local file stem
	homes >"$work/homes"
	for file in "$module"/*.[ch]; do
		stem=$(stem_of "$file")
		sed -nE "s/^#include \"(.*)\.h\"/$stem \1 include/p" "$file" |
			sed -E 's/_(x86|arm64) include/ include/' |
			awk '$1 != $2'
		code "$file" | sed -E '/^(#include|TRACE_EVENT)/d; s/\b(struct|enum) ious_\w+//g' |
			grep -oE '\bious_[a-z0-9_]+' | sort -u |
			awk -v from="$stem" '
				NR == FNR { if ($3 != "declared") home[$1] = $2; next }
				$1 in home && home[$1] != from { print from, home[$1], $1 }
			' "$work/homes" -
	done | sort -u
}

upward() {
	arrows >"$work/arrows"
	[ "$(wc -l <"$work/arrows")" -ge 300 ] || echo "too few arrows are seen"
	awk 'NR == FNR { floor[$1] = NR; next }
		$1 in floor && $2 in floor && $1 != $2 && floor[$1] >= floor[$2] {
			print $1 " uses " $2 " (" $3 "), which the map has above it"
		}' "$work/floors" "$work/arrows"
}

mapped() {
	local stem file
	for file in "$module"/*.[ch]; do
		stem=$(stem_of "$file")
		grep -qx "$stem" "$work/floors" || echo "$stem: not in the map of docs/design.md"
	done
	while read -r stem; do
		compgen -G "$module/$stem.[ch]" >/dev/null || echo "$stem: in the map, and no such file"
	done <"$work/floors"
	sort "$work/floors" | uniq -d | sed 's/$/: twice in the map/'
}

# The header of the file that defines it has it; but not those that IOUS_OPS makes.
declared_at_home() {
	awk '$3 == "declared" { declared[$1] = $2 }
		$3 == "defined" { defined[$1] = $2 }
		END {
			for (name in declared)
				if (!(name in defined))
					print name ": declared in " declared[name] ".h, and defined nowhere"
				else if (defined[name] != declared[name])
					print name ": declared in " declared[name] ".h, defined in " defined[name] ".c"
		}' "$work/homes" | sort
}

# Pages that are read in one go.
short() { wc -l "$module"/*.[ch] | awk '$2 != "total" && $1 > 420 { print $2 ": " $1 " lines" }'; }

work=$(mktemp -d "${TMPDIR:-/tmp}/ious-lint.XXXXXX")
trap 'rm -rf "$work"' EXIT
if [ "${1-}" = arrows ]; then
	arrows
	exit
fi
. "$top/tests/lib/tap.sh"
none() {
	"$@" >"$work/wrong" 2>&1
	! grep . "$work/wrong"
}
floors >"$work/floors"
check "the module: no file uses what stands above it" none upward
check "the module: the map has the files that there are" none mapped
check "the module: what a file offers, its own header declares" none declared_at_home
check "the module: no file has more than 420 lines" none short
finish
