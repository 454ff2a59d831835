#!/bin/bash
# Probes of tracefs on the functions that the module hooks: set before it is loaded, and
# after. They see each call, and neither they nor the module keep the other from anything.
set -eu
. "$(dirname "$0")/../vm/tap.sh"

# One CPU, as in unload.sh.
run_guest --smp 1 --no-module --timeout 200 \
	--file "$IOUS_BUILD/vm/$KERNEL/io_uring_spawn.ko:/vm/io_uring_spawn.ko" \
	--file "$IOUS_BUILD/tests/guest/blocked:/tests/blocked" -- sh -c '
params=/sys/module/io_uring_spawn/parameters
tracing=/sys/kernel/tracing
functions="io_submit_sqes io_files_update_prep io_files_update io_uring_cancel_generic io_uring_try_cancel_requests io_try_cancel __x64_sys_io_uring_register"
mkfifo /tmp/go /tmp/started
chain() {
	/tests/blocked /tmp/started /tmp/go & read -r line </tmp/started
	echo x >/tmp/go; wait $!; echo "$1 chain $?"
}
probe() {
	for f in $functions; do
		echo "p:ious/p_$f $f" && echo "r:ious/r_$f $f"
	done >>$tracing/kprobe_events
	echo 1 >$tracing/events/ious/enable; echo "$1 probed $?"
}
hits() { awk -v name="$1" "\$1 == name { print (\$2 > 0 ? \"hit\" : \"missed\") }" $tracing/kprobe_profile; }
seen() {
	for f in io_submit_sqes io_files_update_prep io_files_update io_uring_cancel_generic; do
		echo "$1 $f $(hits p_$f) $(hits r_$f)"
	done
}
unprobe() {
	echo 0 >$tracing/events/ious/enable; echo >$tracing/kprobe_events; echo "$1 unprobed $?"
}
probe before
insmod /vm/io_uring_spawn.ko; echo "before loaded $?"
chain before; seen before
echo 0 >$params/armed; echo "before disarmed $?"
echo 1 >$params/armed; echo "before armed $?"
chain again
unprobe before
chain without
probe after
chain after; seen after
echo 0 >$params/armed; rmmod io_uring_spawn; echo "after unloaded $?"
unprobe after
'
show_output
ok "$status" 'the machine is as it was'
has 'before probed 0' 'probes of tracefs at entries and returns, before the module'
has 'before loaded 0' 'which loads beside them'
for when in before after; do
	[ "$when" = before ] || has 'after probed 0' 'the same with the module armed'
	has "$when chain 0" "$when: a chain runs"
	for f in io_submit_sqes io_files_update_prep io_files_update io_uring_cancel_generic; do
		has "$when $f hit hit" "$when: probes of $f see it"
	done
done
has 'before disarmed 0' 'it can be disarmed beside them'
has 'before armed 0' 'and armed'
has 'again chain 0' 'and works'
has 'before unprobed 0' 'they can be taken away beside it'
has 'without chain 0' 'and it works'
has 'after unloaded 0' 'it unloads beside them'
has 'after unprobed 0' 'and they go'
finish
