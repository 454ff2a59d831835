#!/bin/bash
# Loading: what differs from the build is refused, and leaves the kernel as it
# was; loading twice; unloading that is refused while something is in flight.
set -eu
. "$(dirname "$0")/../vm/tap.sh"

module=$IOUS_BUILD/vm/$KERNEL/io_uring_spawn.ko
# What the module looks up by name, which must not be the name of two functions.
sources=$(dirname "$0")/../../module
names=$(sed -n 's/.*X(\(_*[a-z]\w*\), .*/\1/p; /callers/!s/.*"\(_*io_\w*\)".*/\1/p' \
	"$sources"/{symbols,compat}.h "$sources"/{symbols,hooks}.c | sort -u | tr '\n' ' ')
# Names of values in its code, each of which has to be compared.
missing=''
while read -r name; do
	grep -qE "X\\(${name}[,)]" "$sources"/verify_values.c "$sources"/compat.h ||
		missing="$missing $name"
done < <(grep -hoE '\b(REQ_F|IO_RING_F|IO_URING_F|IO_WQ_WORK|IORING_OP|UCOUNT|PIDTYPE|TWA|FTRACE_OPS_FL)_[A-Z0-9_]+\b' \
	"$sources"/*.[ch] | sort -u | grep -vxE 'IORING_OP_(CLONE|EXEC|DUP|SYSCALL)')
run_guest --no-module --timeout 480 \
	--file "$module:/vm/io_uring_spawn.ko" \
	--file "$IOUS_BUILD/tests/guest/blocked:/tests/blocked" \
	--file "$IOUS_BUILD/tests/guest/slow_probe:/tests/slow_probe" -- sh -c '
params=/sys/module/io_uring_spawn/parameters
hooked() { sed -n "s/^\(io_\w*\|__\(\(x64\|arm64\)_sys_\)*io_uring\w*\) .*/\1/p" /sys/kernel/tracing/enabled_functions; }
hooks() { hooked | wc -l; }
refuse() {
	dmesg -c >/dev/null
	insmod /vm/io_uring_spawn.ko refuse="$1" 2>/tmp/err
	echo "refused $(lsmod | grep -c io_uring_spawn) $(hooks) $(dmesg | grep -q "io_uring_spawn: refusing this kernel: .*$2" && echo said) : $1 $(cat /tmp/err)"
	dmesg | grep "io_uring_spawn:"
}
for name in '"$names"'; do echo $name; done >/tmp/names
awk "NR == FNR { nr[\$1] = 0; next }
	tolower(\$2) == \"t\" && \$3 in nr && !\$4 { nr[\$3]++ }
	END { for (n in nr) { once += nr[n] == 1; if (nr[n] > 1) print \"two:\", n }
	print \"once:\", once }" /tmp/names /proc/kallsyms
insmod /vm/io_uring_spawn.ko
hooked >/tmp/hooked
echo 0 >$params/armed; rmmod io_uring_spawn
refuse kernel_clone "no symbol kernel_clone"
refuse io_files_update "no symbol io_files_update"
refuse "io_submit_sqes()" "io_submit_sqes is "
refuse io_kiocb.flags "io_kiocb.flags is at bit"
refuse task_struct.in_execve "task_struct.in_execve is at bit"
refuse io_ring_ctx "struct io_ring_ctx has"
refuse two:kernel_clone "2 symbols kernel_clone"
refuse two:io_try_cancel "2 symbols io_try_cancel"
refuse REQ_F_CREDS "REQ_F_CREDS is 0x"
refuse IORING_OP_LAST "IORING_OP_LAST is 0x"
refuse UCOUNT_RLIMIT_NPROC "UCOUNT_RLIMIT_NPROC is 0x"
refuse copy "copy of io_submit_sqes, io_submit_sqes.isra.0"
for f in $(cat /tmp/hooked); do
	refuse call:$f "$f"
done
refuse btf "no BTF"
refuse bpf_get_btf_vmlinux "no BTF"
dmesg -c >/dev/null
insmod /vm/io_uring_spawn.ko refuse=btf unverified=1; echo "unverified $? $(hooks) $(dmesg | grep -c "no BTF to compare")"
echo 0 >$params/armed; rmmod io_uring_spawn
insmod /vm/io_uring_spawn.ko refuse=REQ_F_CREDS unverified=1 2>/dev/null; echo "verified $?"
insmod /vm/io_uring_spawn.ko refuse=hook:io_submit_sqes 2>/dev/null
echo "last-hook $? $(lsmod | grep -c io_uring_spawn) $(hooks)"
dmesg -c >/dev/null
insmod /vm/io_uring_spawn.ko refuse=hook:setup_arg_pages; echo "late $? $(hooks) $(dmesg | grep -c "EARLY has no effect")"
echo 0 >$params/armed; rmmod io_uring_spawn
insmod /vm/io_uring_spawn.ko; echo "loaded $? $(hooks)"
insmod /vm/io_uring_spawn.ko 2>/dev/null; echo "twice $?"
rmmod io_uring_spawn 2>/dev/null; echo "armed-rmmod $?"
mkfifo /tmp/go /tmp/started
/tests/blocked /tmp/started /tmp/go & read -r line </tmp/started
echo "blocked $line $(cat $params/chains)"
{ echo 0 >$params/armed; } 2>/dev/null; echo "busy-disarm $? $(cat $params/armed) $(hooks)"
rmmod io_uring_spawn 2>/dev/null; echo "busy-rmmod $?"
echo x >/tmp/go; wait $!; echo "blocked-ended $?"
/tests/slow_probe /tmp/started /tmp/go & read -r line </tmp/started
{ timeout 20 sh -c "echo 0 >$params/armed"; } 2>/dev/null; echo "probe-disarm $? $(cat $params/armed) $(hooks)"
echo x >/tmp/go; wait $!; echo "probe-ended $?"
{ echo 0 >$params/armed; } 2>/dev/null; echo "disarm $? $(cat $params/armed) $(hooks)"
/tests/blocked /dev/null /dev/null; echo "disarmed-spawn $?"
echo 1 >$params/armed; echo "arm $? $(cat $params/armed) $(hooks)"
echo 0 >$params/armed; rmmod io_uring_spawn; echo "rmmod $?"
direct() { grep -c "direct-->ious_submit_trampoline" /sys/kernel/tracing/enabled_functions; }
insmod /vm/io_uring_spawn.ko; echo "direct $(direct)"
echo 0 >$params/armed; rmmod io_uring_spawn
insmod /vm/io_uring_spawn.ko refuse=direct; echo "callback $? $(hooks) $(direct)"
/tests/blocked /tmp/started /tmp/go & read -r line </tmp/started
echo x >/tmp/go; wait $!; echo "callback-spawn $?"
echo 0 >$params/armed; rmmod io_uring_spawn
# optional: the core completes what the module would complete
for f in __io_req_task_work_add "__io_req_task_work_add()" io_req_local_work_add "io_req_local_work_add()"; do
	insmod /vm/io_uring_spawn.ko refuse="$f"
	/tests/blocked /tmp/started /tmp/go & read -r line </tmp/started
	echo x >/tmp/go; wait $!; echo "optional $? : $f"
	echo 0 >$params/armed; rmmod io_uring_spawn
done
'
show_output
ok "$status" "the machine is as it was"
has 'once: [3-9][0-9]$' 'the functions that it looks for are found'
! grep -q "^two:" "$out" && ok 0 'and none of their names is that of two' ||
	ok 1 'and none of their names is that of two'
has 'refused 0 0 said : kernel_clone .*No such device' 'a symbol that is missing'
has 'refused 0 0 said : io_files_update .*No such device' 'a function to hook that is missing'
has 'refused 0 0 said : io_submit_sqes() .*No such device' 'a prototype that differs'
has 'refused 0 0 said : io_kiocb.flags .*No such device' 'an offset that differs'
has 'refused 0 0 said : task_struct.in_execve .*No such device' 'a bit that differs'
has 'refused 0 0 said : io_ring_ctx .*No such device' 'a size that differs'
has 'refused 0 0 said : two:kernel_clone ' 'a name of two functions'
has 'refused 0 0 said : two:io_try_cancel ' 'a name of two functions to hook'
has 'refused 0 0 said : REQ_F_CREDS ' 'a flag of the core that differs'
has 'refused 0 0 said : IORING_OP_LAST ' 'an opcode that differs'
has 'refused 0 0 said : UCOUNT_RLIMIT_NPROC ' 'another value that differs'
[ -z "$missing" ] && ok 0 'every value that the module knows by name is compared' ||
	ok 1 "values that nothing compares:$missing"
has 'refused 0 0 said : copy ' 'a copy of a hooked function'
calls=$(grep -c 'refused 0 0 said : call:' "$out" || :)
[ "$calls" = 7 ] && ok 0 'a hooked function that a caller does not call, each' ||
	ok 1 "a hooked function that a caller does not call: $calls of 7"
has 'refused 0 0 said : btf ' 'a kernel without BTF'
has 'refused 0 0 said : bpf_get_btf_vmlinux ' 'a kernel without what reads BTF'
has 'unverified 0 7 1' 'unverified=1 loads there, with a warning'
has 'verified 1' 'and takes nothing that is known to differ'
has 'last-hook 16 0 0' 'the last hook is refused: the others go again'
has 'late 0 7 1' 'without the hook in the exec it works'
has 'loaded 0 7' 'then it loads, with seven hooks'
has 'twice 17' 'only once'
has 'armed-rmmod 1' 'rmmod is refused while it is armed'
has 'blocked yes 1' 'a chain is in flight'
has 'busy-disarm 1 Y 7' 'disarming is refused then, and all is as before'
has 'busy-rmmod 1' 'rmmod, too'
has 'blocked-ended 0' 'the chain goes on'
has 'probe-disarm 1 Y 7' 'a probe that waits for its memory is busy as well'
has 'probe-ended 0' 'and gets its answer'
has 'disarm 0 N 0' 'disarming takes all hooks out'
has 'disarmed-spawn 3' 'the opcodes are unknown then'
has 'arm 0 Y 7' 'it can be armed again'
has 'rmmod 0' 'rmmod after disarming'
case $KERNEL in
6.1-arm64) has 'direct 0' 'ftrace has no direct calls there' ;;
*) has 'direct 1' 'submission calls its trampoline' ;;
esac
has 'callback 0 7 0' 'where it cannot, ftrace does'
has 'callback-spawn 0' 'and a chain is seen'
for name in __io_req_task_work_add io_req_local_work_add; do
	has "optional 0 : $name$" "$name is not needed"
	has "optional 0 : $name()" 'nor its prototype'
done
finish
