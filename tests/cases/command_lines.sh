#!/bin/bash
# io_uring_spawn(1) reads lines, has too little of everything, and writes outputs.
set -eu
. "$(dirname "$0")/../vm/tap.sh"

# expanded in the guest
# shellcheck disable=SC2016
run_guest --timeout 240 --file "$IOUS_BUILD/demo/io_uring_spawn:/bin/ious" \
	--file "$IOUS_BUILD/demo/examples/pty:/bin/pty" \
	--file "$IOUS_BUILD/tests/guest/nonblock:/bin/nonblock" \
	--file "$(dirname "$0")/../vm/guest-run:/vm/guest-run" -- sh -c '
cd /tmp
. /vm/guest-run
run "printf one | ious --lines -j1 echo"
run "exec ious --lines -j2 echo <&-"
run "seq 3 | ious --lines -j1 -- sh -c \"cat; echo {}\""
run "seq 3 >list; exec ious --lines=list -j2 -- sh -c \"echo {}; ls /proc/self/fd | wc -l\" <&-"
forty() { run "ulimit -n 24; seq 40 | ious --lines -j 60 $1 -- sh -c \"sleep 0.1; echo {}\" | sort -u | wc -l"; }
forty ""
forty --ungroup
echo +pids >/sys/fs/cgroup/cgroup.subtree_control
mkdir /sys/fs/cgroup/few
echo 5 >/sys/fs/cgroup/few/pids.max
run "seq 30 | ious --lines -j 30 --cgroup /sys/fs/cgroup/few -- sh -c \"sleep 0.2\"; cat /sys/fs/cgroup/few/pids.current"
rmdir /sys/fs/cgroup/few
run "seq 3 | ious --lines -j3 --tag -- sh -c \"echo a; sleep 0.3; echo b >&2; sleep 0.3; echo c\" 2>/dev/null | sort"
run "seq 4 | ious --lines -j4 -- sh -c \"echo x{}; sleep 0.5; echo y{}\""
run "seq 2 | ious --lines -o out.{} echo; cat out.1 out.2"
run "ious --help >/dev/full"
run "ious --version >/dev/full"
run "ious --explain true >/dev/full"
run "seq 3 | ious --lines -j2 echo >/dev/full"
run "seq 9 | ious --lines -j1 -- sh -c \"[ {} != 4 ]\""
run "printf \"1\n/none\n\" | ious --lines -j1 -k -C {} true"
run "seq 2 | ious --lines -j1 --joblog=log -k -- sh -c \"exit \$((1 + 2))\"; cat log"
run "echo 1 | ious --lines --json=json -- sh -c \"kill -9 \\\$\\\$\"; cat json"
run "ious -l list echo"
run "ious -a list -j1 echo got"
run "ious --user nosuch true"
run "ious --cgroup /sys/fs/cgroup/nosuch true"
run "ious A=5 PATH=/nowhere:/bin sh -c \"echo \\\$A \\\$PATH\""
run "A=7 ious --unset=A sh -c \"echo \\\${A-none}\""
printf "echo script \$1\n" >script; chmod +x script
run "ious ./script arg"
run "PATH=/tmp:/bin ious script arg"
# an ELF file whose segment is where none can be, of this machine: EM_AARCH64 or EM_X86_64
case $(uname -m) in
aarch64) machine="\267" ;;
*) machine="\76" ;;
esac
printf "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0$machine\0\1\0\0\0" >late
printf "\0\0\100\0\0\0\0\0\100\0\0\0\0\0\0\0" >>late
printf "\0\0\0\0\0\0\0\0\0\0\0\0\100\0\70\0\1\0\0\0\0\0\0\0" >>late
printf "\1\0\0\0\5\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\377\177\0\0\0\0\0\0\377\177" >>late
printf "\200\0\0\0\0\0\0\0\200\0\0\0\0\0\0\0\0\20\0\0\0\0\0\0\0\0\0\0\0\0\0\0" >>late
chmod +x late
run "sh -c \"./late; exit \\\$?\""
run "ious ./late"
echo 1 >/sys/module/io_uring_spawn/parameters/policy
chmod 666 /dev/null
run "ious --user=77 /bin/ious true"
echo 0 >/sys/module/io_uring_spawn/parameters/policy
run "ious --explain -t 5 true"
cat >count <<EOF
# its line, and how many are said to run at once: so many wait for each other, and a
# moment for one more
: >run/\$1
n=0
while [ \$1 -le \$2 ] && [ \$(ls run | wc -l) -lt \$2 ] && [ \$n -lt 50 ]; do
	sleep 0.1
	n=\$((n + 1))
done
sleep 0.5
ls run | wc -l
rm run/\$1
EOF
mkdir run
at_once() { run "seq $(($1 + 1)) | $2 ious --lines $3 -- sh count {} $1 | sort -n | tail -n 1"; }
at_once 2 "" -j0
at_once 1 "taskset 2" -j0
at_once 1 "taskset 2"
few() { run "for n in 4 5 6 7 8; do (ulimit -n \$n; ious echo ran; echo \$n: \$?); done"; }
few
echo 0 >/sys/module/io_uring_spawn/parameters/armed
few
echo 1 >/sys/module/io_uring_spawn/parameters/armed
run "pty \"seq 3 | ious --lines -j1 -k --progress sh -c '\''[ \\\$0 != 2 ]'\''\" | cat -v"
run "pty \"seq 3 | ious --lines -j1 true\" | cat -v"
run "pty \"seq 3 | ious --lines -j1 --progress true 2>progress; cat progress\""
run "pty \"seq 3 | ious --lines -j1 --progress true 2>&1 | cat\""
run "seq 100 | ious --lines -j2 -k -- sh -c \"exit 0\""
# many more than there is room for, of which three wait for each other
run "seq 20 | (ulimit -n 24; exec ious --lines -j 60 -- sh count {} 3) | grep -c [3-9]"
run "printf \"a\nb\\0c\nd\n\" | ious --lines -j1 echo"
run "printf \"a\nb\\0c\" | ious --lines --null -j1 echo"
run "echo 1 | ious --lines --joblog=log -C /none true; echo 2 | ious --lines --joblog=log2 -j1 /no/such; cut -f 7 log log2"
run "seq 4 | nonblock ious --lines -j2 -- sh -c \"head -c 200000 /dev/zero\" | (sleep 1; wc -c)"
run "rm -f none; ious -o none /no/such >&- 2>&-; s=\$?; wc -c <none; exit \$s"
'
has '1: one$' "a last line without its end"
has '1: status 0' "does not hang"
has '2: io_uring_spawn: standard input: Bad file' "a closed standard input"
has '2: status 125' "is an error"
has '3: 3$' "commands do not read the list"
has '4: 3$' "a closed standard input is closed for commands"
has '5: 40$' "too few descriptors for outputs"
has '6: 40$' "too few descriptors"
has '7: 0$' "too few processes, and none is left"
has '7: status 0' "all are run"
has '8: 2.c' "--tag"
has '9: x3' "outputs"
[ "$(grep '^9: [xy]' "$out" | cut -c 5 | uniq | wc -l)" = 4 ] &&
	ok 0 "are grouped" || ok 1 "are grouped"
has '10: 2$' "{} in --stdout"
has '11: status 125' "--help, and a full disk"
has '12: status 125' "--version"
has '13: status 125' "--explain"
has '14: io_uring_spawn: write error: No space left' "outputs"
has '14: status 125' "and their status"
has '15: io_uring_spawn: line 4 (4): sh: status 1, no more' "the line that failed"
has '16: io_uring_spawn: line 2 (/none): chdir' "a step of a line"
has '17: Seq' "--joblog"
has '17: 2.:.*.0.0.3.0.sh -c ' "a row for each"
has '18: {"event":"started".*"line":"1","pid":[0-9]*,"argv":\["sh"' "--json"
has '18: {"event":"exited".*"status":0,"signal":9,"timed_out":false}' \
	"and its end"
has '19: io_uring_spawn: list is no program.*--lines=list' "-l FILE"
has '19: status 125' "is not a command"
has '20: got 3' "-a FILE"
has '21: io_uring_spawn: --user: no such user nosuch' "no such user"
has '22: io_uring_spawn: --cgroup /sys/fs/cgroup/nosuch: No such' "no such cgroup"
has '23: 5 /nowhere:/bin' "NAME=VALUE"
has '24: none' "--unset"
has '25: script arg' "a script without #!"
has '26: script arg' "and by \$PATH"
has '27: status 139' "an exec that fails late, by a shell"
has '28: status 139' "and by us"
has '29: io_uring_spawn: the policy of the module (policy=1' "the policy is named"
has '30: CLONE .*PIDFD' "--explain has the pidfd"
has '30: SYSCALL  *rt_sigprocmask' "and the mask of signals"
has '30: SYSCALL  *setpgid' "and the group of a time-out"
has '31: 2$' "-j0: as many at once as CPUs"
has '32: 1$' "that it may use"
has '33: 1$' "the default is the same"
has '34: 4: 125' "no descriptor"
has '34: 8: 0' "and enough"
! grep '^34: ' "$out" | grep -qv 'ran$\|: Too many open files$\|: [0-9]*$\|status' &&
	ok 0 "that it is what lacks is said" || ok 1 "that it is what lacks is said"
has '35: 4: 125' "without the module"
! grep '^35: ' "$out" | grep -qv ': .*is not loaded, or disarmed$\|: Too many open files$\|: 125$\|status' &&
	ok 0 "nothing else is said either" || ok 1 "nothing else is said either"
has '36: ^M^\[\[K1 done, 0 failed, 0 running' "--progress"
has '36: .*^M^\[\[K3 done, 1 failed, 0 running^M$' "and its end"
[ "$(grep -c '^37: \|^38: \|^39: ' "$out")" = 3 ] &&
	ok 0 "is for a terminal, if it is wanted" ||
	ok 1 "is for a terminal, if it is wanted"
has '40: status 0' "a hundred lines of a pipe"
has '41: 1[2-9]$\|41: 20$' "with few descriptors, jobs that wait leave room to others"
has '42: a$' "what is before a line with a null byte"
has '42: io_uring_spawn: line 2 has a null byte' "that line is no command"
has '42: status 125' "it is an error"
has '43: c$' "lines that end with one"
has '44: 125$' "--joblog: the status of a step that failed"
has '44: 127$' "and of no program"
has '45: 800000$' "a standard output that is non-blocking"
has '46: 0$' "nothing of ours gets into --stdout if there is no standard error"
has '46: status 127' "the status is as before"
ok "$status" "the machine is as it was"
[ "$failed" = 0 ] || show_output
finish
