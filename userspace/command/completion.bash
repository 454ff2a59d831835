# SPDX-License-Identifier: MIT
# Completion of io_uring_spawn(1) for bash.
_io_uring_spawn() {
	local cur prev
	cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	case $prev in
	-C | --chdir | --chroot | --cgroup)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return
		;;
	-i | --stdin | -o | --stdout | -e | --stderr)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	-u | --user)
		mapfile -t COMPREPLY < <(compgen -u -- "$cur")
		return
		;;
	esac
	case $cur in
	-*)
		mapfile -t COMPREPLY < <(compgen -W '--lines --null --jobs
			--keep-going --progress --timeout --kill-after --stdin
			--stdout --stderr --append --chdir --chroot --cgroup
			--user --umask --nice --limit --setsid --no-new-privs
			--die-with-parent --explain --help --version' -- "$cur")
		;;
	*)
		mapfile -t COMPREPLY < <(compgen -c -- "$cur")
		;;
	esac
}
complete -F _io_uring_spawn io_uring_spawn
