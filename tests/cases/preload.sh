#!/bin/bash
# posix_spawn() by the drop-in: as libc's with the module, left to libc without it,
# and what IO_URING_SPAWN says about that.
set -eu
. "$(dirname "$0")/../vm/tap.sh"
. "$(dirname "$0")/../vm/lib.sh"

# The C library of the kernel's own suite, as well as this machine's, which the
# programs are built with; of a foreign kernel that of the cross compiler, twice.
if is_foreign "$KERNEL"; then
	root=$FOREIGN_LIBRARIES LOADER=$FOREIGN_LOADER
else
	root=$CACHE/roots/$(root_of "$KERNEL")/lib/$MULTIARCH
fi
files=(--file "$IOUS_BUILD/demo/libio_uring_spawn_preload.so:/lib/drop-in.so"
	--file "$IOUS_BUILD/tests/data/report:/tests/report"
	--file "$IOUS_BUILD/tests/data/tiny:/tests/tiny"
	--file "$IOUS_BUILD/tests/preload/conformance:/tests/conformance"
	--file "$IOUS_BUILD/tests/preload/older:/tests/older"
	--file "$IOUS_BUILD/tests/preload/places:/tests/places"
	--file "$IOUS_BUILD/tests/preload/outside:/tests/outside"
	--file "$IOUS_BUILD/tests/preload/once:/tests/once"
	--file "$IOUS_BUILD/tests/preload/altstack:/tests/altstack"
	--file "$IOUS_BUILD/tests/preload/restart:/tests/restart"
	--file "$IOUS_BUILD/tests/preload/closefrom:/tests/closefrom"
	--file "$root/libc.so.6:/suite/libc.so.6"
	--file "$root/$LOADER:/suite/ld.so")

run_guest --timeout 900 "${files[@]}" -- sh -c '
for program in conformance places outside; do
	LD_PRELOAD=/lib/drop-in.so /tests/$program
	rm -rf /tmp/$program
	/suite/ld.so --library-path /suite --preload /lib/drop-in.so \
		/tests/$program
done
# a module of version 2, which knows neither rows of calls nor searches
rm -rf /tmp/conformance
LD_PRELOAD=/lib/drop-in.so /tests/older 2 /tests/conformance
LD_PRELOAD=/lib/drop-in.so IO_URING_SPAWN=require /tests/restart
LD_PRELOAD=/lib/drop-in.so /tests/altstack
ulimit -n 20000
LD_PRELOAD=/lib/drop-in.so /tests/closefrom'
pass_on
ok "$status" "the machine is as it was"

# expanded in the guest
# shellcheck disable=SC2016
run_guest --timeout 120 "${files[@]}" -- sh -c '
stats=/sys/module/io_uring_spawn/stats
# HOW NAME [COMMAND...]: what the program says of one spawn, and one more after each
# command
try() {
	how=$1 name=$2
	shift 2
	IO_URING_SPAWN=$how LD_PRELOAD=/lib/drop-in.so /tests/once "$@" \
		>/tmp/out 2>&1
	tr -d "\r" </tmp/out | sed "s/^/$name: /"
}
chains() { cat $stats/executed; }
a=$(chains); try prefer prefer; b=$(chains)
echo "the module counts $((b - a)) more"
try off off; a=$(chains)
echo "the module counts $((a - b)) more when off"
try require require
try trace trace
try require,trace few nofile
echo 0 >/sys/module/io_uring_spawn/parameters/armed
rmmod io_uring_spawn
try prefer gone
try require gone-require
try require,trace gone-trace
insmod /vm/io_uring_spawn.ko
try prefer both "echo 0 >/sys/module/io_uring_spawn/parameters/armed
	rmmod io_uring_spawn" "insmod /vm/io_uring_spawn.ko"
'
has 'prefer: returned 0, status 7, 1 by a chain, 0 by libc' "by a chain"
has 'the module counts 1 more$' "which the module has seen"
has 'off: returned 0, status 7, 0 by a chain, 0 by libc' "off: by libc"
has 'the module counts 0 more when off' "which the module has not"
has 'require: returned 0, status 7, 1 by a chain, 0 by libc' "require"
has 'trace: io_uring_spawn\[[0-9]*\]: /bin/sh: chain (0)' "trace tells"
has 'few: io_uring_spawn\[[0-9]*\]: /bin/sh: libc: no ring (EMFILE)' \
	"trace names a shortage"
has 'few: returned 24, status -1, 0 by a chain, 1 by libc' \
	"require returns its error"
has 'gone: returned 0, status 7, 0 by a chain, 1 by libc' \
	"without the module: by libc"
has 'gone-require: returned 38, status -1, 0 by a chain, 1 by libc' \
	"without the module, require: ENOSYS"
has 'gone-trace: io_uring_spawn\[[0-9]*\]: /bin/sh: libc: .*no module (EINVAL)' \
	"and trace says why"
has 'both: returned 0, status 7, 1 by a chain, 1 by libc' \
	"unloaded while the program runs: by libc"
has 'both: returned 0, status 7, 2 by a chain, 1 by libc' \
	"and loaded again: by a chain"
ok "$status" "the machine is as it was"
[ "$failed" = 0 ] || show_output
finish
