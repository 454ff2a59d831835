#!/bin/bash
# Others that change or watch functions of the kernel, beside the module while it is
# armed, disarmed and gone, whoever came first: live patches, kprobes with and without
# a post_handler, BPF's programs by fentry and fexit.
set -eu
. "$(dirname "$0")/../vm/tap.sh"
. "$(dirname "$0")/../vm/lib.sh"

bpf=y
! is_our_own "$KERNEL" || bpf=n
# where the kernel has live patches, that module could be built
"$VM_RUN" --kernel "$KERNEL" --no-module --test-module probe -- true
patch='' options=(--test-module probe)
! [ -e "$CACHE/$KERNEL/tests/patch.ko" ] || {
	patch=y
	options+=(--test-module patch)
}

# One CPU, as in unload.sh.
run_guest --smp 1 --no-module --timeout 300 "${options[@]}" \
	--file "$IOUS_BUILD/vm/$KERNEL/io_uring_spawn.ko:/vm/io_uring_spawn.ko" \
	--file "$IOUS_BUILD/tests/guest/blocked:/tests/blocked" \
	--file "$IOUS_BUILD/tests/guest/fentry:/tests/fentry" \
	-- timeout $((250 * ${SLOW:-1})) sh -c '
params=/sys/module/io_uring_spawn/parameters
patch=/sys/kernel/livepatch/patch
mkfifo /tmp/started /tmp/go /tmp/bpf-started /tmp/bpf-go

# 0: a chain executes a program; 3: the opcodes are unknown
echo x >/tmp/byte
spawn() { /tests/blocked /dev/null /tmp/byte; echo $?; }
# how insmod ended: 0 or the error
insert() { insmod "$@" 2>/tmp/err && echo 0 || sed "s/.*: //; s/ /-/g" /tmp/err; }
write() { { echo $1 >$2; } 2>/tmp/err && echo 0 || sed "s/.*: //; s/ /-/g" /tmp/err; }
is_at() { n=0; until [ "$(cat $2 2>/dev/null)" = "$1" ] || [ $n = 300 ]; do n=$((n + 1)); usleep 100000; done; [ $n -lt 300 ]; }

# One neighbour: comes and goes by these; look says what it has seen.
patch_come() { insert /vm/patch.ko func=$1 value=${2:-0}; }
patch_go() { is_at 0 $patch/transition; write 0 $patch/enabled; n=0
	until rmmod patch 2>/dev/null || [ $n = 300 ]; do n=$((n + 1)); usleep 100000; done
	[ $n -lt 300 ] && echo gone; }
patch_look() { is_at 0 $patch/transition && echo patched || echo still-in-transition; }
probe_come() { insert /vm/probe.ko func=$1 post=${2:-0}; }
probe_go() { rmmod probe && echo gone; }
probe_look() { p=/sys/module/probe/parameters
	[ $(cat $p/hits) -gt 0 ] && echo hit; [ $(cat $p/post_hits) -gt 0 ] && echo post; }
bpf_come() { /tests/fentry ${2:-fentry} $1 /tmp/bpf-started /tmp/bpf-go >/tmp/ran 2>&1 & bpf=$!
	read -r _ n </tmp/bpf-started; echo $n; }
bpf_go() { echo x >/tmp/bpf-go; until grep -q ran /tmp/ran; do usleep 100000; done
	sed "s/ran 0/ran-never/; s/ran [1-9].*/ran/" /tmp/ran; echo gone; }
bpf_look() { :; }

# The module, then the neighbour: it comes, sees a spawn; the module is disarmed and
# armed under it; both go, the neighbour last.
module_first() {
	name=$1; shift
	r="module $(insert /vm/io_uring_spawn.ko)"
	c=$(${1}_come $2 $3)
	r="$r come $c spawn $(spawn)"
	if [ "$c" = 0 ]; then
		r="$r look $(${1}_look) disarm $(write 0 $params/armed) spawn $(spawn)"
		r="$r arm $(write 1 $params/armed) spawn $(spawn)"
	fi
	r="$r disarm $(write 0 $params/armed) rmmod $(rmmod io_uring_spawn && echo 0)"
	[ "$c" != 0 ] || r="$r spawn $(spawn) go $(${1}_go)"
	echo "$name: module first: "$r
}

# The other way round; the neighbour goes first.
module_second() {
	name=$1; shift
	r="come $(${1}_come $2 $3) spawn $(spawn)"
	m=$(insert /vm/io_uring_spawn.ko)
	r="$r module $m spawn $(spawn) look $(${1}_look)"
	r="$r go $(${1}_go)"
	if [ "$m" = 0 ]; then
		r="$r spawn $(spawn) disarm $(write 0 $params/armed)"
		r="$r rmmod $(rmmod io_uring_spawn && echo 0)"
	else
		r="$r module $(insert /vm/io_uring_spawn.ko) spawn $(spawn)"
		r="$r disarm $(write 0 $params/armed) rmmod $(rmmod io_uring_spawn && echo 0)"
	fi
	echo "$name: module second: "$r
}

both() { module_first "$@"; module_second "$@"; }

if [ '"$patch"' ]; then
both patch-hooked patch io_try_cancel -2
both patch-other patch cmdline_proc_show
fi
both probe probe io_files_update
both probe-submit probe io_submit_sqes
both post-hooked probe io_files_update 1
both post-submit probe io_submit_sqes 1
both post-other probe io_read 1
if [ '"$bpf"' = y ]; then
both fentry-hooked bpf io_files_update
both fexit-hooked bpf io_files_update fexit
both fentry-submit bpf io_submit_sqes
both fexit-submit bpf io_submit_sqes fexit
fi

# A live patch is applied while a chain waits: it goes on, and what it was in does.
[ '"$patch"' ] || exit 0
insmod /vm/io_uring_spawn.ko
/tests/blocked /tmp/started /tmp/go & blocked=$!
read -r _ </tmp/started
begin=$(date +%s)
echo "blocked: come $(patch_come cmdline_proc_show) look $(patch_look) line $(wc -c </proc/cmdline) chains $(cat $params/chains)"
r=$(patch_go)
echo "blocked: go "$r" chains $(cat $params/chains) took $(($(date +%s) - begin))"
echo x >/tmp/go; wait $blocked; echo "blocked: ended $?"
echo 0 >$params/armed
rmmod io_uring_spawn
'
show_output
ok "$status" "the machine is as it was"

# Both work, and each goes while the other is there.
shared() {
	has "$1: module first: module 0 come 0 spawn 0 look${3:+ $3} disarm 0 spawn 3 arm 0 spawn 0 disarm 0 rmmod 0 spawn 3 go $4" \
		"$2 comes to the module"
	has "$1: module second: come 0 spawn 3 module 0 spawn 0 look${3:+ $3} go $4 spawn 0 disarm 0 rmmod 0" \
		"the module comes to $2"
}

# NAME TEXT ERROR: the second is refused, and the module then works without it.
refused() {
	has "$1: module first: module 0 come $3 spawn 0 disarm 0 rmmod 0$" \
		"$2 is refused while the module is armed"
}
waits() {
	has "$1: module second: come 0 spawn 3 module Device-or-resource-busy spawn 3 look.* go .*gone module 0 spawn 0 disarm 0 rmmod 0$" \
		"the module is refused while there is $2"
}

# Linux 7 tells the one who registers such a kprobe that all is well.
silent() {
	has "$1: module first: module 0 come 0 spawn 0 look disarm 0 spawn 3 arm 0 spawn 0 disarm 0 rmmod 0 spawn 3 go gone$" \
		"$2 comes to the module, and never fires"
}

busy=Device-or-resource-busy
if [ "$patch" ]; then
	refused patch-hooked 'a live patch of what is hooked' $busy
	waits patch-hooked 'a live patch of what is hooked'
	shared patch-other 'a live patch of another function' patched '0 gone'
	has 'blocked: come 0 look patched line 0 chains 1$' \
		'a live patch is in force while a chain waits'
	has 'blocked: go 0 gone chains 1 took \([0-9]\|1[0-4]\)$' \
		'and does not have to signal it for that'
	has 'blocked: ended 0$' 'the chain goes on'
else
	skip "live patches" "this kernel has none"
fi
shared probe 'a kprobe on what is hooked' hit gone
shared probe-submit 'a kprobe on io_submit_sqes()' hit gone
shared post-other 'a kprobe with a post_handler elsewhere' 'hit post' gone
for name in post-hooked post-submit; do
	what="a kprobe with a post_handler ($name)"
	case $(arch_of "$KERNEL")/$KERNEL in
	# of no ftrace site
	arm64/*) shared $name "$what" 'hit post' gone ;;
	*/7.*)
		silent $name "$what"
		waits $name "$what"
		;;
	*)
		refused $name "$what" $busy
		waits $name "$what"
		;;
	esac
done

case $KERNEL in
7.*) error=22 ;;
*) error=16 ;;
esac
if [ "$bpf" = y ]; then
	shared fentry-hooked 'a BPF program by fentry' '' 'ran gone'
	shared fexit-hooked 'a BPF program by fexit' '' 'ran gone'
	for kind in fentry fexit; do
		refused $kind-submit "$kind on io_submit_sqes()" $error
		has "$kind-submit: module second: come 0 spawn 3 module 0 spawn 0 look go ran gone spawn 0 disarm 0 rmmod 0$" \
			"the module comes to $kind on io_submit_sqes()"
	done
else
	skip "BPF programs" "this kernel has no BPF_JIT"
fi
finish
