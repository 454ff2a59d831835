#!/bin/bash
# io_uring_spawn(1) says with --explain what it submits, and so do the documents. The
# kernel's events are switched on and off, which patches its text: that needs one CPU, see
# docs/vm-harness.md.
set -eu
. "$(dirname "$0")/../vm/tap.sh"
. "$(dirname "$0")/../vm/lib.sh"

# expanded in the guest
# shellcheck disable=SC2016
run_guest --smp 1 --file "$IOUS_BUILD/demo/io_uring_spawn:/bin/ious" -- sh -c '
cat >/tmp/numbers <<EOF
BEGIN { nr["CLONE"] = 240; nr["EXEC"] = 241; nr["DUP"] = 242; nr["SYSCALL"] = 243
	nr["OPENAT"] = 18; nr["WRITE"] = 23 }
\$1 in nr { printf "%d ", nr[\$1] }
\$1 == "CLONE" && \$2 ~ /(^|\|)FILES/ { shares = 1 }
END { print shares ? "shares" : "copies" }
EOF
# bit 10 of the flags is CLONE_FILES
cat >/tmp/seen <<EOF
/ious_request:/ { sub(/.* opcode /, ""); printf "%d ", \$1 }
/task_newtask:.* comm=ious / { sub(/.*clone_flags=/, ""); shares = substr(\$1, length(\$1) - 2, 1) ~ /[4-7c-f]/ }
END { print shares ? "shares" : "copies" }
EOF
events=/sys/kernel/tracing/events trace=/sys/kernel/tracing/trace
trace() { echo $1 | tee $events/io_uring_spawn/ious_request/enable >$events/task/task_newtask/enable; }
both() {
	name=$1
	shift
	said=$(ious --explain "$@" | awk -f /tmp/numbers)
	echo >$trace
	trace 1
	ious "$@" >/dev/null
	trace 0
	seen=$(awk -f /tmp/seen $trace)
	echo "$name: said $said"
	echo "$name: seen $seen"
	[ "$said" = "$seen" ] && echo "$name: the same"
}
both steps -C /tmp -o /tmp/x -t 5 --umask 022 true
both copied --inherit-fds -i /dev/null true
ious --explain -C /srv --umask 022 -o hello.txt /bin/echo hello | sed "s/^/README: /"
ious --explain -t 5 true | sed "s/^/command: /"
'
# ROWS FILE: the document shows what the command says; on Linux 6.1 no table is shared
shows() {
	local edit='/^[$`]/d' bad=0
	case $KERNEL in
	6.1 | 6.1-*) edit+='; s/FILES|//' ;;
	esac
	sed -n '/^\$ io_uring_spawn --explain/,/^```/p' "$TOP/$2" | sed "$edit" |
		diff - <(tr -d '\r' <"$out" | sed -n "s/^$1: //p") >&2 || bad=1
	ok "$bad" "$2 shows what --explain says"
}
has 'steps: the same' "--explain is what the kernel gets"
has 'steps: seen 240 .* 241 ' "all of it"
has 'copied: the same' "also with a table that is copied"
shows README README.md
shows command docs/command.md
ok "$status" "the machine is as it was"
[ "$failed" = 0 ] || show_output
finish
