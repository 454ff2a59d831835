#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Programs as Debian has them, on the drop-in: what they start, and that it went by
# chains. IO_URING_SPAWN=require leaves nothing to the C library.
set -eu
. "$(dirname "$0")/../vm/tap.sh"
. "$(dirname "$0")/../vm/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work" "$out"' EXIT
# They are this machine's; of a foreign guest, Debian 13's. Of CPython, what it cannot start
# without, and subprocess.
if is_foreign "$KERNEL"; then
	"$VM_DIR/prepare-arm64" tools
	python=$(basename "$CACHE"/arm64/tools/usr/bin/python3.*)
	programs=(--tool make --tool ninja --tool ksh93 --tool "$python")
	tar -C "$CACHE/arm64/tools" -cf "$work/python.tar" "usr/lib/$python"
	closed=40
else
	python=$(readlink -f /usr/bin/python3)
	programs=(--file "$(command -v make):/usr/bin/make"
		--file "$(command -v ninja):/usr/bin/ninja"
		--file "$(command -v ksh93):/usr/bin/ksh93"
		--file "$python:/usr/bin/${python##*/}")
	# CPython 3.13 asks for posix_spawn() where it can close the rest by that, too
	closed=0
	! "$python" -c 'import os; os.POSIX_SPAWN_CLOSEFROM' 2>/dev/null || closed=40
	python=${python##*/}
	dpkg -L "lib$python-minimal" | grep '\.py$' | sed 's|^/||' |
		tar -C / -cf "$work/python.tar" -T -
fi

cat >"$work/spawn.py" <<'END'
# How programs are started, and how many: each exits with 0.
import os, subprocess, sys
how, count = sys.argv[1], int(sys.argv[2])
for i in range(count):
    argv = ["/bin/sh", "-c", "echo %d >>%s" % (i, how)]
    if how == "os.posix_spawn":
        pid = os.posix_spawn(argv[0], argv, os.environ)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    else:
        status = subprocess.run(argv, close_fds=how != "kept",
                                stdin=subprocess.DEVNULL).returncode
    assert not status, status
END

# expanded in the guest
# shellcheck disable=SC2016
run_guest --timeout 300 --mem 1536 \
	--file "$IOUS_BUILD/demo/libio_uring_spawn_preload.so:/lib/drop-in.so" \
	"${programs[@]}" --file "$work/python.tar:/python.tar" --file "$work/spawn.py:/spawn.py" \
	-- sh -c '
tar -C / -xf /python.tar
mkdir /tmp/p
cd /tmp/p
for i in $(seq 40); do
	printf "all: out.%s\\nout.%s:\\n\\ttouch \$@\\n\\techo %s >>\$@\\n" $i $i $i
done >Makefile
{
	printf "rule echo\\n command = echo \$\$out >\$out\\n"
	for i in $(seq 40); do printf "build out.%s: echo\\n" $i; done
} >build.ninja
cat >spawn.ksh <<END
for i in $(seq 40 | tr "\\n" " "); do /bin/sh -c "echo \$i >>out.ksh"; done
END
executed=/sys/module/io_uring_spawn/stats/executed
# NAME COMMAND...: what came of it, by libc and by the drop-in
try() {
	name=$1
	shift
	for how in off require; do
		rm -f out.* os.posix_spawn kept closed
		before=$(cat $executed)
		IO_URING_SPAWN=$how LD_PRELOAD=/lib/drop-in.so "$@" >/tmp/said 2>&1
		status=$?
		after=$(cat $executed)
		lines=$(cat out.* os.posix_spawn kept closed 2>/dev/null | wc -l)
		echo "$name: $how: status $status, $lines lines, $((after - before)) by chains"
		[ $status = 0 ] || cat /tmp/said
	done
}
try make make -j 4
try ninja ninja -j 4
try ksh93 ksh93 spawn.ksh
for how in os.posix_spawn kept closed; do
	try "$how" /usr/bin/'"$python"' -S /spawn.py $how 40
done
'
# NAME CHAINS WHAT
spawned() {
	has "$1: off: status 0, 40 lines, 0 by chains" "$3: by libc"
	has "$1: require: status 0, 40 lines, $2 by chains" "$3: $2 by chains"
}
spawned make 80 "GNU make"
spawned ninja 40 "ninja"
spawned ksh93 40 "ksh93"
spawned os.posix_spawn 40 "CPython, os.posix_spawn()"
spawned kept 40 "CPython, subprocess with close_fds=False"
spawned closed "$closed" "CPython, subprocess as it is"
ok "$status" "the machine is as it was"
[ "$failed" = 0 ] || show_output
finish
