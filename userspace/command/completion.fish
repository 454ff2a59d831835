# SPDX-License-Identifier: MIT
# Completion of io_uring_spawn(1) for fish.

# The words of the command as far as they are typed; fails without any. They begin at the
# first word that is no option, no value and no NAME=VALUE.
function __io_uring_spawn_command
	set -l words (commandline -opc | string escape) (commandline -ct)
	set -e words[1]
	while set -q words[1]
		switch $words[1]
			case --timeout --signal --kill-after --stdin --stdout --stderr \
				--chdir --chroot --cgroup --user --umask --nice --limit --jobs \
				--arg-file --joblog --json --unset --keep-fd \
				-a -t -s -j -i -o -e -C -u -n
				set -e words[1]
			case --
				set -e words[1]
				break
			case '-*' '*=*'
			case '*'
				break
		end
		set -e words[1]
	end
	set -q words[1]; or return
	printf '%s\n' "$words"
end

function __io_uring_spawn_complete_command
	complete -C (__io_uring_spawn_command)
end

# Before the command; behind it options are the command's.
function __io_uring_spawn_option
	complete -c io_uring_spawn -n 'not __io_uring_spawn_command >/dev/null' $argv
end

__io_uring_spawn_option -s l -l lines -d 'One command for each line'
__io_uring_spawn_option -s a -l arg-file -r -d 'Lines of a file'
__io_uring_spawn_option -s 0 -l null -d 'Lines end with a null byte'
__io_uring_spawn_option -s j -l jobs -x -d 'At most so many at once'
__io_uring_spawn_option -s k -l keep-going -d 'Go on after a failure'
__io_uring_spawn_option -l group -d 'Print outputs when commands have ended'
__io_uring_spawn_option -l ungroup -d 'Let commands write themselves'
__io_uring_spawn_option -l tag -d 'Begin lines of output with the input'
__io_uring_spawn_option -l joblog -r -d 'A line for each command'
__io_uring_spawn_option -l json -r -d 'An object for each event'
__io_uring_spawn_option -l progress -d 'Show the progress on a terminal'
__io_uring_spawn_option -s t -l timeout -x -d 'Send a signal after that time'
__io_uring_spawn_option -s s -l signal -x -a 'HUP INT QUIT KILL USR1 USR2 TERM' -d 'The signal'
__io_uring_spawn_option -l kill-after -x -d 'Send SIGKILL that much later'
__io_uring_spawn_option -l foreground -d 'Stay in this process group'
__io_uring_spawn_option -l preserve-status -d 'The status after a time-out'
__io_uring_spawn_option -s i -l stdin -r -d 'Standard input'
__io_uring_spawn_option -s o -l stdout -r -d 'Standard output'
__io_uring_spawn_option -s e -l stderr -r -d 'Standard error'
__io_uring_spawn_option -l append -d 'Append to the files'
__io_uring_spawn_option -l keep-fd -x -d 'Pass these descriptors on'
__io_uring_spawn_option -l inherit-fds -d 'Pass all descriptors on'
__io_uring_spawn_option -l ignore-environment -d 'An empty environment'
__io_uring_spawn_option -l unset -x -a '(set -nx)' -d 'Remove a variable'
__io_uring_spawn_option -s C -l chdir -x -a '(__fish_complete_directories)' -d 'Working directory'
__io_uring_spawn_option -l chroot -x -a '(__fish_complete_directories)' -d 'Root directory'
__io_uring_spawn_option -l cgroup -x -a '(__fish_complete_directories)' -d 'Control group'
__io_uring_spawn_option -s u -l user -x -a '(__fish_complete_users)' -d 'User'
__io_uring_spawn_option -l umask -x -d 'File mode creation mask'
__io_uring_spawn_option -s n -l nice -x -d 'Nice value'
__io_uring_spawn_option -l limit -x -a 'as= core= cpu= data= fsize= nofile= nproc= stack=' -d 'Resource limit'
__io_uring_spawn_option -l setsid -d 'Create a session'
__io_uring_spawn_option -l no-new-privs -d 'Set no_new_privs'
__io_uring_spawn_option -l die-with-parent -d 'SIGKILL when io_uring_spawn ends'
__io_uring_spawn_option -l explain -d 'Print the chain and run nothing'
__io_uring_spawn_option -s h -l help -d 'Print the help'
__io_uring_spawn_option -s V -l version -d 'Print the version'
complete -c io_uring_spawn -x -n '__io_uring_spawn_command >/dev/null' \
	-a '(__io_uring_spawn_complete_command)'
