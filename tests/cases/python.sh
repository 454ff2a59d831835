#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The Python package, with Python of Debian 12 and 13: beside subprocess, and by
# CPython's own tests of it.
set -eu
. "$(dirname "$0")/../vm/tap.sh"
. "$(dirname "$0")/../vm/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work" "$out"' EXIT

# What of $lib, in find's words: the tests are of what starts processes.
wanted() {
	find "$lib" -name __pycache__ -prune -o \
		-path "$lib/test/*" ! -path "$lib/test/s*" \
		! -path "$lib/test/__init__.py" \
		! -path "$lib/test/test_subprocess.py" \
		! -path "$lib/test/test_asyncio*" ! -path "$lib/test/*.pem" \
		! -path "$lib/test/certdata*" -prune -o \
		! -type d ! -xtype l -print
}

# Its programs, its libraries, and what the tests need of its modules.
pack() {
	"$VM_DIR/prepare" "python/$1"
	# expanded there
	# shellcheck disable=SC2016
	in_root "$CACHE/roots/$1" sh -c "$(declare -f wanted)"'
		python=$(readlink -f /usr/bin/python3)
		lib=/usr/lib/${python##*/}
		{
			echo "$python"
			wanted
			for file in "$python" "$lib"/lib-dynload/*.so; do
				ldd "$file" | grep -o "/[^ ]*"
			done | sort -u
		} | tar -chf - -T - 2>/dev/null' >"$work/python.tar"
}

# No ldd runs a foreign program: all libraries that Debian would install with it.
pack_foreign() {
	local dir=$CACHE/arm64/python lib
	"$VM_DIR/prepare-arm64" python
	(
		cd "$dir"
		lib=usr/lib/$(basename usr/bin/python3.*)
		{
			echo "usr/bin/${lib##*/}"
			wanted
			find usr/lib/aarch64-linux-gnu -maxdepth 1 -name '*.so*'
		} | tar -chf - --transform 's|^usr/lib/aarch64-linux-gnu/|lib/|' -T -
	) >"$work/python.tar"
}

# SUITE PROGRAM...: each says at its end how many tests it had
try() {
	local suite=$1 status=0
	shift
	if is_foreign "$KERNEL"; then
		pack_foreign
	else
		pack "$suite"
	fi
	tar -C "$TOP/userspace/python" --exclude __pycache__ \
		-rf "$work/python.tar" io_uring_spawn
	# expanded in the guest
	# shellcheck disable=SC2016
	run_guest --timeout 900 --mem 2048 \
		--file "$IOUS_BUILD/demo/libio_uring_spawn.so.0:/lib/libio_uring_spawn.so.0" \
		--file "$work/python.tar:/python.tar" \
		--file "$TOP/userspace/python/examples/fetch.py:/fetch.py" \
		--file "$TOP/tests/cases/python/own.py:/own.py" \
		--file "$TOP/tests/cases/python/cpython.py:/cpython.py" -- sh -c '
tar -C / -xf /python.tar
rm /python.tar
export PYTHONPATH=/
ln -s /proc/self/fd/0 /dev/stdin
python=$(ls /usr/bin/python3.*)
for program; do
	$python $program
	echo "status $?"
done
' sh "$@"
	sed "s/^\(not \)\?ok [0-9]* -/& $suite:/" "$out" >>"$work/all"
	[ "$(grep -c "^status 0$" "$out")" = $# ] && [ "$status" = 0 ] ||
		echo "not ok 0 - $suite: all programs ran to their end, status $status" \
			>>"$work/all"
}

# CPython's own, by part, for the time that they need
case $KERNEL in
6.12)
	try bookworm /own.py /fetch.py "/cpython.py $(printf ' test.test_subprocess.%s' \
		ProcessTestCase POSIXProcessTestCase RunFuncTestCase ContextManagerTests)"
	try trixie /own.py "/cpython.py test.test_asyncio.test_subprocess"
	;;
6.12-arm64)
	# Debian 13's is the one that there is
	try trixie /own.py /fetch.py "/cpython.py test.test_asyncio.test_subprocess" \
		"/cpython.py$(printf ' test.test_subprocess.%s' \
		ProcessTestCase POSIXProcessTestCase RunFuncTestCase ContextManagerTests)"
	;;
*-arm64) try trixie /own.py ;;
*) try bookworm /own.py ;;
esac
mv "$work/all" "$out"
pass_on
[ "${KERNEL%-arm64}" != 6.12 ] || has "exit 3: status 3: $" "the example"
! grep -q '^not ok' "$out" || failed=1
finish
