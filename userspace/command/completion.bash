# SPDX-License-Identifier: MIT
# Completion of io_uring_spawn(1) for bash, by bash-completion's own helpers.

# The command begins at the word $1. Bash's own words, COMP_WORDS, end at = and :, too.
_io_uring_spawn_command() {
	local i nr=0 word
	for ((i = 0; i < $1; i++)); do
		word=''
		while [[ $word != "${words[i]}" ]] && ((nr < COMP_CWORD)); do
			word+=${COMP_WORDS[nr]}
			nr=$((nr + 1))
		done
	done
	_command_offset "$nr"
}

_io_uring_spawn() {
	local cur prev words cword split=false i
	_init_completion -s -n := || return
	# the command begins at the first word that is no option and no value
	for ((i = 1; i < cword; i++)); do
		case ${words[i]} in
		--)
			_io_uring_spawn_command $((i + 1))
			return
			;;
		--timeout | --signal | --kill-after | --stdin | --stdout | --stderr | \
			--chdir | --chroot | --cgroup | --user | --umask | --nice | \
			--limit | --jobs | --arg-file | --joblog | --json | --unset | \
			--keep-fd | -[atsjioeCun])
			i=$((i + 1))
			;;
		-* | *=*) ;;
		*)
			_io_uring_spawn_command "$i"
			return
			;;
		esac
	done
	case $prev in
	-C | --chdir | --chroot | --cgroup)
		_filedir -d
		return
		;;
	-i | --stdin | -o | --stdout | -e | --stderr | -a | --arg-file | --joblog | --json | --lines)
		_filedir
		return
		;;
	-u | --user)
		mapfile -t COMPREPLY < <(compgen -u -- "$cur")
		return
		;;
	-s | --signal)
		mapfile -t COMPREPLY < <(compgen -W 'HUP INT QUIT KILL USR1 USR2 TERM CONT STOP' -- "$cur")
		return
		;;
	--limit)
		compopt -o nospace
		mapfile -t COMPREPLY < <(compgen -S = -W 'as core cpu data fsize
			locks memlock msgqueue nice nofile nproc rss rtprio
			rttime sigpending stack' -- "$cur")
		return
		;;
	--unset)
		mapfile -t COMPREPLY < <(compgen -e -- "$cur")
		return
		;;
	-t | --timeout | --kill-after | -j | --jobs | --umask | -n | --nice)
		return
		;;
	esac
	$split && return
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_parse_help "$1")" -- "$cur")
		[[ ${COMPREPLY-} == *= ]] && compopt -o nospace
		return
	fi
	_io_uring_spawn_command "$cword"
}
complete -F _io_uring_spawn io_uring_spawn
