#!/bin/bash
# The examples do what they say, each of them.
set -eu
. "$(dirname "$0")/../vm/tap.sh"

files=()
for program in "$IOUS_BUILD"/demo/examples/*; do
	files+=(--file "$program:/bin/${program##*/}")
done
# expanded in the guest
# shellcheck disable=SC2016
run_guest --timeout 120 "${files[@]}" -- sh -c '
i=0
run() {
	i=$((i + 1))
	"$@" >/tmp/out 2>&1 </dev/null
	echo "status $?" >>/tmp/out
	tr -d "\r" </tmp/out | sed "s/^/$i: /"
}
mkdir /sys/fs/cgroup/jobs
run spawn
run spawn /bin/sh -c "echo \$PPID >/tmp/ppid; exit 5"
run batch
run path-search uname -s
run path-search no-such-program
run which-step
run which-step /proc
run which-step / /no
run collect
run collect /bin/sh -c "cat; echo err >&2; exit 3"
run build -j 3 "sleep 1; echo one" "echo two" "exit 6"
run cgroup /sys/fs/cgroup/jobs
run cgroup /no
run pty
run pty "tty; echo \$\$ is \$(cut -d \" \" -f 6 /proc/self/stat)"
run direct
run pristine
run plan
run plan cat /no
run plan no-such-program
rmdir /sys/fs/cgroup/jobs && echo "cgroup is empty"
'
show_output
ok "$status" "the machine is as it was"

# has, for what one of the runs above must have said
said() {
	local run=$1 text=$2 line
	shift 2
	for line; do
		grep -q "^$run: $line\$" "$out" || {
			ok 1 "$text: no line $line"
			return
		}
	done
	ok 0 "$text"
}
said 1 'spawn' 'CLONE: 0' 'EXEC: 0' 'hello from a chain' 'status 0'
said 2 'spawn, an exit status' 'EXEC: 0' 'status 5'
said 3 'batch' '64 of 64 started, 64 ended with status 0, .*' 'status 0'
said 4 'path-search' '/bin/uname: found' '/sbin/uname: not tried' Linux 'status 0'
said 5 'path-search, nowhere' '/tests/no-such-program: No such file.*' 'status 127'
said 6 'which-step' 'step 3, chdir(/x): No such file or directory' 'status 127'
said 7 'which-step, none' /proc 'status 0'
said 8 'which-step, the program' 'step 4, exec(/no): No such file or directory' \
	'status 127'
said 9 'collect' 'stdout: a line of input' 'stderr: .*' 'status 3'
said 10 'collect, of a shell' 'stdout: a line of input' 'stderr: err' 'status 3'
said 11 'build' one two 'exit 6: exit status 6' '3 started, 1 failed' 'status 1'
said 12 'cgroup' '0::/jobs' 'status 0'
said 13 'cgroup, none' '/no: No such file or directory' 'status 1'
said 14 'pty' '/dev/pts/[0-9]*' 'on my own terminal' 'status 0'
said 15 'pty, its session' '\([0-9]*\) is \1' 'status 0'
said 16 'direct' '.* 0 -> /dev/null' '.* 1 -> /tmp/#.* (deleted)' 'status 0'
said 17 'pristine' '.* 3 -> /dev/null' 'status 0'
said 18 'plan' '[0-7]: runs' '[0-7]: exit status 0' 'status 0'
said 19 'plan, an exit status' '7: exit status 1' 'status 1'
said 20 'plan, nowhere' '7: no-such-program: No such file or directory' 'status 1'
! grep -q '^17: .* [5-9] ' "$out" && ok 0 'pristine has no more' ||
	ok 1 'pristine has no more'
has 'cgroup is empty' 'the cgroup can be removed'
finish
