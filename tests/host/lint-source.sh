#!/bin/bash
# SPDX-License-Identifier: MIT
# The sources as they are read: the kernel's checkpatch.pl for the module,
# cppcheck for all C, shellcheck for all shell.
set -eu
. "$(dirname "$0")/../lib/lint.sh"
cd "$TOP"
"$VM_DIR/prepare" checkers

# What checkpatch.pl says of us and we do not follow:
ignored=(
	# tables are X macros: lists of rows, without parentheses or do-while
	COMPLEX_MACRO MULTISTATEMENT_MACRO_USE_DO_WHILE
	# each use of them takes the columns that it needs
	MACRO_ARG_UNUSED
	# and makes definitions, which end in one
	TRAILING_SEMICOLON
	# static calls need a type of the function's; a table makes them
	NEW_TYPEDEFS
	# what is about system calls that are not there says so
	ENOSYS
)

kernel_style() {
	perl "$CACHE/checkpatch/checkpatch.pl" --no-tree --no-summary --terse \
		--show-types --ignore "$(IFS=,; echo "${ignored[*]}")" \
		-f module/*.[ch] include/uapi/linux/*.h
}

# These are macros of headers that cppcheck is not given, and what a kernel has to
# have for compat.h.
c_code() {
	cppcheck --quiet --std=c11 --error-exitcode=1 -j "$(nproc)" \
		--enable=warning,performance,portability --template=gcc \
		--inline-suppr --suppressions-list=tests/host/cppcheck.suppressions \
		-D__init= -D__initdata= -D__initconst= -DCONFIG_X86_64 -DCONFIG_IO_URING \
		-DCONFIG_KPROBES -DCONFIG_DYNAMIC_FTRACE \
		-DCONFIG_DYNAMIC_FTRACE_WITH_ARGS \
		-DCONFIG_HAVE_STATIC_CALL_INLINE -DIOUS_HAVE_IO_URING_TYPES \
		-DIOUS_HAVE_REQ_TCTX -DIOUS_HAVE_INT_FLAGS -DIOUS_HAVE_SECCOMP_VOID \
		'-DTRACE_EVENT(name,proto,args,entry,assign,print)=' \
		'-DTAILQ_FOREACH(entry,head,node)=while((entry=next_of(head)))' \
		'-Dlist_for_each_entry_safe(entry,next,head,node)=while((entry=next_of(head)))' \
		'-Dhlist_for_each_entry_safe(entry,next,head,node)=while((entry=next_of(head)))' \
		'-Dhlist_for_each_entry(entry,head,node)=while((entry=next_of(head)))' \
		'-Dlist_for_each_entry(entry,head,node)=while((entry=next_of(head)))' \
		-Iinclude/uapi -Iuserspace/include -Itests/lib \
		module include userspace tests bench
}

# By name or by first line, wherever they are.
scripts() {
	find . -path ./build -prune -o -path ./.git -prune -o -type f -print |
		while read -r file; do
			case $file in
			*.sh) echo "$file" ;;
			*) [ "$(head -c 2 "$file" | tr -d '\0')" != '#!' ] ||
				! head -n 1 "$file" | grep -qE '\b(ba|da)?sh\b' ||
				echo "$file" ;;
			esac
		done
}

shell() {
	local files
	mapfile -t files < <(scripts)
	[ ${#files[@]} -ge 20 ] || { echo "only ${#files[@]} scripts?"; return 1; }
	shellcheck --format=gcc "${files[@]}"
}

# Those that users read, in a terminal or beside their own.
columns() {
	local file
	for file in userspace/include/*.h; do
		expand "$file" | awk -v file="$file" 'length > 80 {
			print file ":" NR ": " length " columns"; wide = 1 }
			END { exit wide }' || return
	done
}

check "checkpatch.pl on module/ and include/" kernel_style
check "cppcheck" c_code
check "shellcheck" shell
check "installed headers have 80 columns" columns
finish
