#!/bin/bash
# io_uring_spawn(1) does what its manual says.
set -eu
. "$(dirname "$0")/../vm/tap.sh"

# expanded in the guest
# shellcheck disable=SC2016
run_guest --timeout 240 --file "$IOUS_BUILD/demo/io_uring_spawn:/bin/ious" \
	-- sh -c '
i=0
run() {
	i=$((i + 1))
	start=$(date +%s)
	"$@" >/tmp/out 2>&1 </dev/null
	echo "status $?" >>/tmp/out
	echo "took $(($(date +%s) - start))" >>/tmp/out
	tr -d "\r" </tmp/out | sed "s/^/$i: /"
}
lines() {
	from=$1
	shift
	"$@" <$from
}
seq 1 500 >/tmp/500
seq 1 8 >/tmp/8
printf "a b\0c\0" >/tmp/null
mkdir /tmp/dir /sys/fs/cgroup/jobs
run ious echo hello
run ious sh -c "exit 5"
run ious sh -c "kill -USR1 \$\$"
run ious no-such-program
run ious /tmp/dir
run ious -C /nowhere true
run ious -C /tmp/dir --umask 027 sh -c "pwd; umask"
run ious -o /tmp/file --limit nofile=77:88 sh -c "ulimit -n; echo err >&2"
run cat /tmp/file
run ious --append -o /tmp/file -i /tmp/8 -e /dev/null sh -c "cat | wc -l; echo x >&2"
run cat /tmp/file
run ious -u 77:78 -n 7 sh -c "id -u; id -g; cut -d \" \" -f 19 /proc/self/stat"
run ious --cgroup /sys/fs/cgroup/jobs cat /proc/self/cgroup
run ious -t 1 sleep 100
run ious -t 1 --kill-after 1 sh -c "trap \"\" TERM; while :; do sleep 1; done"
run ious --lines=/tmp/8 -j 8 -k sh -c "sleep $SLOW; exit 0"
run ious --lines=/tmp/500 -j 20 -k true
run sh -c "ious --lines=/tmp/500 -j 7 echo n-{}-{} | sort -u | wc -l"
run ious -0 --lines=/tmp/null -j 1 echo "<{}>"
run ious --lines=/tmp/8 -j 1 sh -c "[ {} != 3 ]"
run ious --lines=/tmp/8 -j 1 -k sh -c "echo {}; [ {} != 3 ]"
run ious --explain -C /tmp/dir -t 5 -o /tmp/x --limit nofile=9 ls -l "a b"
run ious --nice 99 true
run ious --limit what=5 true
run ious
run sh -c "(echo 100; sleep 4) | ious --lines -t 1 sleep"
run sh -c "ious sleep 100 & sleep 1; kill -TERM \$!; wait \$!"
rmdir /sys/fs/cgroup/jobs && echo "cgroup is empty"
echo 0 >/sys/module/io_uring_spawn/parameters/armed
run ious true
run ious --explain true
echo 1 >/sys/module/io_uring_spawn/parameters/armed
exec 5</tmp/8 7</tmp/8
run ious sh -c "cd /proc/self/fd; echo *"
run ious --keep-fd=7 sh -c "cd /proc/self/fd; echo *"
run ious --keep-fd=5,7 sh -c "cd /proc/self/fd; echo *"
run ious --inherit-fds sh -c "cd /proc/self/fd; echo *"
run ious --keep-fd=99 true
run ious --lines=/tmp/8 -j 2 sh -c "cd /proc/self/fd; echo *"
'
has '1: hello' "a command"
has '1: status 0' "its status"
has '2: status 5' "another status"
has '3: status 138' "a signal"
has '4: io_uring_spawn: no-such-program: No such file or directory' "not there"
has '4: status 127' "127"
has '5: io_uring_spawn: /tmp/dir: Permission denied' "not a program"
has '5: status 126' "126"
has '6: io_uring_spawn: chdir /nowhere: No such file or directory' \
	"which step failed"
has '6: status 125' "125"
has '7: /tmp/dir' "--chdir"
has '7: 0027' "--umask"
has '8: err' "standard error as it was"
has '9: 77' "--stdout, --limit"
has '11: 77' "--append keeps"
has '11: 8' "--stdin"
has '12: 77' "--user"
has '12: 78' "and its group"
has '12: 7$' "--nice"
has '13: 0::/jobs' "--cgroup"
has '14: status 124' "--timeout"
has '15: status 137' "--kill-after, which had to kill"
took=$(sed -n 's/^16: took //p' "$out")
[ "${took:-99}" -le $((4 * ${SLOW:-1})) ] && ok 0 "eight at once take as long as one" ||
	ok 1 "eight at once take as long as one"
has '17: status 0' "500 lines"
has '18: 500' "each line once"
has '19: <a b>' "--null"
has '19: <c>' "and the last one"
has '20: status 123' "the first failure"
has '21: 8' "--keep-going"
has '21: status 123' "tells nevertheless"
has '22: CLONE ' "--explain"
has '22: DUP  *result -> 1  *open /tmp/x$' "a step of several requests"
has '22: SYSCALL  *prlimit64  *limit nofile$' "a limit"
has '22: SYSCALL  *chdir  *chdir /tmp/dir$' "the directory"
has '22: EXEC  */.*/ls  *ls -l "a b"$' "and the program"
has '23: status 125' "a bad number"
has '24: io_uring_spawn: --limit: unknown limit what' "a bad limit"
has '25: io_uring_spawn: no command' "no command"
has '26: status 124' "a time-out while input is waited for"
has '27: status 143' "SIGTERM goes on, and is told"
has 'cgroup is empty' "nothing is left in the cgroup"
has '28: io_uring_spawn: the module io_uring_spawn is not loaded, or disarmed' \
	"without the module"
has '28: status 125' "125"
has '29: EXEC  */.*true  *true$' "--explain without the module"
# 3 is what reads the folder
has '30: 0 1 2 3$' "only the standard descriptors"
has '31: 0 1 2 3 7$' "--keep-fd"
has '32: 0 1 2 3 5 7$' "two of them"
has '33: 0 1 2 3 5 7$' "--inherit-fds"
has '34: io_uring_spawn: --keep-fd: 99 is not open' "one that is not open"
has '35: 0 1 2 3$' "and with --lines"
ok "$status" "the machine is as it was"
[ "$failed" = 0 ] || show_output
finish
