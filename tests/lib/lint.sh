# shellcheck shell=bash disable=SC2034 # used by those who source it
# What a lint has that reads the tree and needs the harness: $top, the paths and functions
# of vm/lib.sh, TAP, and $work, a directory that is gone at the end. Sourced; the caller
# has set -eu.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
. "$top/tests/vm/lib.sh"
work=$(mktemp -d "${TMPDIR:-/tmp}/ious-lint.XXXXXX")
trap 'rm -rf "$work"' EXIT
. "$top/tests/lib/tap.sh"
