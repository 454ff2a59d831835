#!/bin/bash
# io_uring_spawn(1): signals that it gets, and those that its time-out sends.
set -eu
. "$(dirname "$0")/../vm/tap.sh"

# expanded in the guest
# shellcheck disable=SC2016
run_guest --timeout 240 --file "$IOUS_BUILD/demo/io_uring_spawn:/bin/ious" \
	--file "$(dirname "$0")/../vm/guest-run:/vm/guest-run" -- sh -c '
cd /tmp
. /vm/guest-run
cat >ready <<EOF
# waits until a command has made the file \$1
n=0
while [ ! -e \$1 ] && [ \$n -lt 100 ]; do sleep 0.1; n=\$((n + 1)); done
EOF
run "trap \"\" HUP; ious sh -c \": >r1; sleep 2; exit 7\" & sh ready r1; kill -HUP \$!; wait \$!"
run "ious sh -c \"trap \\\"exit 0\\\" TERM; : >r2; while :; do sleep 0.1; done\" & sh ready r2; kill -TERM \$!; wait \$!"
run "ious sh -c \"trap \\\"echo got\\\" TERM; : >r3; n=0; while [ \\\$n -lt 20 ]; do n=\\\$((n + 1)); sleep 0.1; done\" & sh ready r3; kill -TERM \$!; wait \$!"
run "ious -t 2 sh -c \"sleep 50 & echo \\\$! >p4; wait\"; s=\$?; sleep 0.5; grep State /proc/\$(cat p4)/status; exit \$s"
run "ious -t 1 sh -c \"kill -STOP \\\$\\\$\""
run "ious -t 1 sh -c \"sleep 100 | cat\" | cat"
run "ious -t 1s -s INT sh -c \"trap \\\"exit 9\\\" INT; while :; do sleep 0.1; done\""
run "ious -t 1s -s INT --preserve-status sh -c \"trap \\\"exit 9\\\" INT; while :; do sleep 0.1; done\""
run "ious -t 0 sh -c \"exit 6\""
run "ious -t 3x true"
run "ious -t 5 sh -c \"cut -d \\\" \\\" -f 1,5 /proc/self/stat; cut -d \\\" \\\" -f 1,5 /proc/\\\$\\\$/stat\""
# the group of the inner one is no orphan, which SIGTSTP would not stop
cat >stop12 <<EOF
ious -t 14 ious sh -c ": >r12; while [ ! -e go12 ]; do sleep 0.1; done; exit 4" & o=\$!
sh ready r12
child() { ps -o pid,ppid | awk "\\\$2 == \$1 { print \\\$1 }"; }
p=\$(child \$o)
c=\$(child \$p)
kill -TSTP \$p
n=0
while ! grep -q "State:.*T" /proc/\$p/status && [ \$n -lt 30 ]; do sleep 0.1; n=\$((n + 1)); done
grep State /proc/\$p/status
grep State /proc/\$c/status
: >go12
kill -CONT \$p
wait \$o
EOF
run "sh stop12"
run "seq 5 | ious --lines -j2 sh -c \": >r13; sleep 1\" & sh ready r13; kill -INT \$!; kill -TERM \$!; wait \$!"
mkdir /sys/fs/cgroup/frozen
echo 1 >/sys/fs/cgroup/frozen/cgroup.freeze
run "ious -t 1 --kill-after 1 --cgroup /sys/fs/cgroup/frozen sleep 50; s=\$?; echo 0 >/sys/fs/cgroup/frozen/cgroup.freeze; exit \$s"
rmdir /sys/fs/cgroup/frozen
mkfifo f15
run "ious -i f15 cat & sleep 0.5; c=\$(cat /proc/\$!/task/\$!/children); kill -STOP \$c; sleep 0.5; kill -CONT \$c; echo went on >f15; wait \$!"
run "ious sh -c \"grep SigIgn /proc/self/status\"; trap \"\" INT HUP; ious sh -c \"grep SigIgn /proc/self/status\""
run "ious sh -c \"trap \\\"exit 0\\\" TERM; : >r17; while :; do sleep 0.1; done\" & sh ready r17; kill -TERM \$(cat /proc/\$!/task/\$!/children); wait \$!"
'
has '1: status 7' "an ignored SIGHUP stays ignored"
has '2: status 0' "a command that handles SIGTERM"
[ "$(grep -c '^3: got' "$out")" = 1 ] && ok 0 "a signal comes once" ||
	ok 1 "a signal comes once"
has '4: status 124' "a time-out"
! grep -q '^4: State' "$out" && ok 0 "ends the whole group" ||
	ok 1 "ends the whole group"
has '5: status 124' "a stopped command sees its signal"
has '6: status 0' "who holds the pipe ends, too"
has '7: status 124' "--signal, and a suffix"
has '8: status 9' "--preserve-status"
has '9: status 6' "no time-out"
has '10: io_uring_spawn: --timeout: not a time' "a suffix that is none"
has '10: status 125' "is an error"
[ "$(grep -c '^12: State:.*T (stopped)' "$out")" = 2 ] &&
	ok 0 "SIGTSTP stops the command, too" ||
	ok 1 "SIGTSTP stops the command, too"
has '12: status 4' "SIGCONT lets both go on"
has '13: status 1[34]' "a signal and --lines"
has '14: status 124' "a time-out in a frozen control group"
has '15: went on' "a stop while --stdin waits"
has '15: status 0' "is none of a failure"
has '16: SigIgn:.*[37]$' "commands ignore what was ignored"
has '17: status 0' "a signal to the command itself"
ok "$status" "the machine is as it was"
[ "$failed" = 0 ] || show_output
finish
