#!/bin/bash
# What a program that never heard of the module sees of io_uring: the same with it and
# without, but for what tests/cases/visible.c says of a probe that asks for 244 opcodes.
set -eu
. "$(dirname "$0")/../vm/tap.sh"

run_guest --no-module --timeout 400 \
	--file "$IOUS_BUILD/vm/$KERNEL/io_uring_spawn.ko:/vm/io_uring_spawn.ko" \
	--file "$IOUS_BUILD/tests/guest/visible:/tests/visible" -- sh -c '
params=/sys/module/io_uring_spawn/parameters
same() {
	cmp -s /tmp/$1 /tmp/$2 && echo "same $3" || { echo "different $3"; diff /tmp/$1 /tmp/$2 | head -n 40; }
}
/tests/visible >/tmp/absent; echo "ended $? $(wc -l </tmp/absent)"
/tests/visible >/tmp/again; same absent again twice
/tests/visible armed >/tmp/promised
insmod /vm/io_uring_spawn.ko
/tests/visible >/tmp/armed; same promised armed armed
diff /tmp/absent /tmp/armed | sed -n "s/^+\([^+]\)/\1/p" | cut -d : -f 1 | sort -u >/tmp/differ
echo "only" $(cat /tmp/differ)
echo 0 >$params/armed
/tests/visible >/tmp/disarmed; same absent disarmed disarmed
rmmod io_uring_spawn
/tests/visible >/tmp/unloaded; same absent unloaded unloaded
'
show_output
ok "$status" 'the machine is as it was'
has 'ended 0 [0-9][0-9][0-9][0-9]' 'the program sees a lot'
has 'same twice' 'and the same when it looks again'
has 'same armed' 'with the module armed it sees what is promised'
has 'only probe of 244 probe of 255 probe of 256$' 'and only probes differ, those with room for 244'
has 'same disarmed' 'disarmed, it sees what it saw without the module'
has 'same unloaded' 'and after unloading'
finish
