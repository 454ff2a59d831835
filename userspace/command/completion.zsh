#compdef io_uring_spawn
# SPDX-License-Identifier: MIT
# Completion of io_uring_spawn(1) for zsh.
local curcontext=$curcontext state line ret=1
_arguments -C -S \
	'(-l --lines -a --arg-file)'{-l-,--lines=-}'[one command for each line]::file:_files' \
	'(-l --lines -a --arg-file)'{-a+,--arg-file=}'[lines of a file]:file:_files' \
	'(-0 --null)'{-0,--null}'[lines end with a null byte]' \
	'(-j --jobs)'{-j+,--jobs=}'[at most so many at once]:number:' \
	'(-k --keep-going)'{-k,--keep-going}'[go on after a failure]' \
	'(--ungroup)--group[print outputs when commands have ended]' \
	'(--group)--ungroup[let commands write where the output goes]' \
	'--tag[begin lines of output with the line of input]' \
	'--joblog=[a line for each command]:file:_files' \
	'--json=[an object for each event]:file:_files' \
	'--progress[show the progress on a terminal]' \
	'(-t --timeout)'{-t+,--timeout=}'[send a signal after that time]:time:' \
	'(-s --signal)'{-s+,--signal=}'[the signal]:signal:_signals -s' \
	'--kill-after=[send SIGKILL that much later]:time:' \
	'--foreground[stay in this process group]' \
	'--preserve-status[the status of the command after a time-out]' \
	'(-i --stdin)'{-i+,--stdin=}'[standard input]:file:_files' \
	'(-o --stdout)'{-o+,--stdout=}'[standard output]:file:_files' \
	'(-e --stderr)'{-e+,--stderr=}'[standard error]:file:_files' \
	'--append[append to the files]' \
	'*--keep-fd=[pass these descriptors on]:numbers:' \
	'--inherit-fds[pass all descriptors on]' \
	'--ignore-environment[an empty environment]' \
	'*--unset=[remove a variable]:variable:_parameters -g "*export*"' \
	'(-C --chdir)'{-C+,--chdir=}'[working directory]:directory:_directories' \
	'--chroot=[root directory]:directory:_directories' \
	'--cgroup=[control group]:directory:_directories -W /sys/fs/cgroup' \
	'(-u --user)'{-u+,--user=}'[user]:user:_users' \
	'--umask=[file mode creation mask]:mask:' \
	'(-n --nice)'{-n+,--nice=}'[nice value]:value:' \
	'*--limit=[resource limit]:limit:(as= core= cpu= data= fsize= nofile= nproc= stack=)' \
	'--setsid[create a session]' \
	'--no-new-privs[set no_new_privs]' \
	'--die-with-parent[SIGKILL when io_uring_spawn ends]' \
	'--explain[print the chain and run nothing]' \
	'(- *)'{-h,--help}'[print the help]' \
	'(- *)'{-V,--version}'[print the version]' \
	'(-)*:: :->command' && ret=0
if [[ $state = command ]]; then
	# what may stand before it
	while (( CURRENT > 1 )) && [[ $words[1] = (--|*=*) ]]; do
		shift words
		(( CURRENT-- ))
	done
	_normal && ret=0
fi
return ret
