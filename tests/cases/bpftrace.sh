#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The script for bpftrace, with that of run --tool: it sees what a chain does, and each
# field that it names is there. One CPU: probes are made and removed.
set -eu
. "$(dirname "$0")/../vm/tap.sh"
. "$(dirname "$0")/../vm/lib.sh"

case $KERNEL in
6.12 | 6.12-arm64) ;;
*)	skip "chains.bt" "the tracepoints are the same on all kernels"
	finish ;;
esac
run_guest --smp 1 --mem 2048 --timeout 300 --tool bpftrace \
	--file "$TOP/userspace/examples/chains.bt:/chains.bt" \
	--file "$IOUS_BUILD/demo/examples/spawn:/spawn" \
	--file "$IOUS_BUILD/demo/examples/which-step:/which-step" -- sh -c '
export BPFTRACE_MAX_PROBES=64
bpftrace /chains.bt -c /spawn
bpftrace /chains.bt -c /which-step
'
has '[0-9]*: a chain of [0-9]*$' "who submits a chain"
has '[0-9]*: opcode 240: 0$' "CLONE's result"
has '[0-9]*: runs echo$' "the program"
has '[0-9]*: opcode 243: -2$' "a step that fails"
has '@microseconds:' "the time until the program runs"
ok "$status" "the machine is as it was"
show_output
finish
