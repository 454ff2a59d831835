#!/bin/bash
# SPDX-License-Identifier: MIT
# Every file that is committed was written by somebody: none is what a build, an editor
# or a tool has left.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/ious-lint.XXXXXX")
trap 'rm -rf "$work"' EXIT
. "$top/tests/lib/tap.sh"

# The tree's owner may be another user than root.
in_tree() { git -C "$top" -c safe.directory="$top" "$@"; }

# What .gitignore need not name, as nothing here makes it.
cat >"$work/leftovers" <<'END_OF_LIST'
*~
*.bak
*.orig
*.rej
*.swp
*.swo
.#*
\#*#
*.a
*.so
*.so.*
*.gcda
*.gcno
*.cmd
*.log
*.pyc
*.deb
*.rpm
core
cscope.out
tags
.DS_Store
END_OF_LIST

no_leftovers() {
	in_tree ls-files --cached --ignored --exclude-from="$work/leftovers" \
		--exclude-standard >"$work/found" && ! grep . "$work/found"
}

name="no file is what a build, an editor or a tool has left"
if in_tree rev-parse --git-dir >"$work/log" 2>&1; then
	check "$name" no_leftovers
else
	skip "$name" "$(head -n 1 "$work/log")"
fi
finish
