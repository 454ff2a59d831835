# SPDX-License-Identifier: MIT
# take.bash COMPLETION LINE...: what bash offers at the end of each line.
. /usr/share/bash-completion/bash_completion
# shellcheck source=/dev/null # each its own
. "$1"
shift
# it works while TAB is handled, and nowhere else
compopt() { :; }
for line; do
	COMP_LINE=$line COMP_POINT=${#line} COMPREPLY=()
	# as the line editor has it: = and : are words
	words=${line//=/ = }
	read -ra COMP_WORDS <<<"${words//:/ : }"
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	_io_uring_spawn "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" \
		"${COMP_WORDS[COMP_CWORD - 1]}"
	# what stands before it remains
	before=''
	[ "${COMP_WORDS[COMP_CWORD - 1]}" != = ] || before=${COMP_WORDS[COMP_CWORD - 2]}=
	printf '%s | ' "$line"
	printf '%s\n' "${COMPREPLY[@]/#/$before}" | sort -u | sed 's/=$//' | xargs
done
