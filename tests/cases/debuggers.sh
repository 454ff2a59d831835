#!/bin/bash
# gdb and strace follow a chain: its process is to them that of a vfork().
set -eu
. "$(dirname "$0")/../vm/tap.sh"

# The submitter of the example has a function to break in, when all is over.
run_guest --timeout 500 --tool gdb --tool strace \
	--file "$IOUS_BUILD/demo/examples/spawn:/bin/spawn" -- sh -c '
say() { tr -d "\r" </tmp/out | sed "s/^/$1: /"; }
debug() {
	name=$1
	shift
	timeout 120 gdb -nx -nh -batch "$@" /bin/spawn >/tmp/out 2>&1 </dev/null
	echo "status $?" >>/tmp/out
	say $name
}
debug parent -ex "break show_exit" -ex run -ex "print 40 + 2" -ex continue
debug child -ex "set follow-fork-mode child" -ex "catch exec" -ex run \
	-ex "info inferiors" -ex continue
debug both -ex "set detach-on-fork off" -ex "set schedule-multiple on" \
	-ex "catch exec" -ex run -ex "info inferiors" -ex continue
timeout 120 strace -f -e trace=execve,write,exit_group -o /tmp/trace spawn >/tmp/out 2>&1 </dev/null
say strace
cut -d " " -f 2- /tmp/trace >/tmp/out
say trace
'
show_output
ok "$status" "the machine is as it was"
has 'parent: \[Detaching after vfork from child process' 'gdb lets go of the process'
has 'parent: hello from a chain' 'which runs'
has 'parent: \$1 = 42' 'a breakpoint of the submitter is still there'
has 'parent: exit status 0' 'and it goes on'
has 'child: \[Attaching after .* vfork to child process' 'gdb follows the process'
has 'child: .*Catchpoint 1 (exec.d /bin/busybox)' 'to its program'
has 'child: hello from a chain' 'which runs'
has 'child: \[Inferior 2 .* exited normally' 'and exits'
has 'both: .*Catchpoint 1 (exec.d /bin/busybox)' 'gdb keeps both'
has 'both: hello from a chain' 'and they run'
has 'strace: hello from a chain' 'strace -f lets the chain run'
has 'trace:  *write(1, "hello from a chain' 'and shows what its program does'
has 'trace:  *exit_group(0)' 'to the end'
finish
