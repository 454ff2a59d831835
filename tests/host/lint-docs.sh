#!/bin/bash
# SPDX-License-Identifier: MIT
# The documents name things that exist: pages of the manual, links, files, make
# targets, commands, the module's parameters and messages. Their English is plain.
set -eu
. "$(dirname "$0")/../lib/lint.sh"
cd "$TOP"
"$VM_DIR/prepare" liburing
liburing=$BUILD/liburing/newest/usr

# Each check prints what is wrong, and is right if that is nothing.
none() {
	"$@" >"$work/wrong" 2>&1
	! grep . "$work/wrong"
}

# ---- the manual

# Names that programs use: io_uring_spawn_prep_x is what io_uring_prep_x becomes
# where liburing has no function of that name.
public_names() {
	sed -n 's/^#define \(io_uring_prep_[a-z_]*\)[ \t].*/\1/p
		/_init_sqe(/d; /_spawn_prep_/d
		s/^[^# *\t].*\b\(io_uring_spawn_[a-z_]*\)(.*/\1/p
		s/^\(io_uring_spawn_[a-z_]*\)(.*/\1/p' \
		userspace/include/io_uring_spawn.h | sort -u
}

# The line after .SH NAME is "name, name \- what they do". A page may be what
# others stand for (.so), and have a name that is no function's.
names_of() {
	local to
	to=$(sed -n '1s|^\.so man3/||p' "$1")
	sed -n '/^\.SH NAME/ { n; s/\\-.*//; s/, */\n/g; p }' "${to:+man/}${to:-$1}" | tr -d ' '
}

helpers_have_pages() {
	local name names page
	names=$(public_names)
	[ "$(echo "$names" | wc -l)" -ge 49 ] || echo "too few helpers found: $names"
	for name in $names; do
		[ -e "man/$name.3" ] || { echo "$name: no manual page"; continue; }
		names_of "man/$name.3" | grep -qx "$name" ||
			echo "man/$name.3: $name is not in its NAME"
	done
	for page in man/io_uring_*.3; do
		name=$(basename "$page" .3)
		[ "$(head -c 4 "$page")" != '.so ' ] || echo "$names" | grep -qx "$name" ||
			echo "$page: no such helper"
		for name in $(names_of "$page"); do
			echo "$names" | grep -qx "$name" || echo "$page: $name: no such helper"
		done
	done
}

# All that the header of the ABI defines, and all that can be read or set.
abi_is_described() {
	local name
	sed -n 's/^#define \(IORING_[A-Z_]*\)[ \t].*/\1/p' \
		include/uapi/linux/io_uring_spawn.h | while read -r name; do
			grep -q "\b$name\b" man/*.[37] || echo "$name: in no page"
		done
	parameters | while read -r name; do
		grep -qE "^\.I $name\$" man/io_uring_spawn.7 ||
			echo "parameter $name: not in io_uring_spawn(7)"
	done
}

parameters() {
	sed -n 's/^module_param\(_cb\|_named\|\)(\([a-z_]*\),.*/\2/p' module/*.c
}

# Pages that packages other than manpages, manpages-dev and liburing-dev have.
elsewhere='keyctl(2) auditd(8) rmmod(8) modprobe(8) dkms(8) mokutil(1) env(1) timeout(1)
	xargs(1) posix_spawn_file_actions_addopen(3)'

references_exist() {
	local name section
	{ dpkg -L manpages manpages-dev; find "$liburing/share/man"; } |
		sed -n 's|.*/\([^/]*\)\.\([0-9]\)[a-z]*\(\.gz\)\?$|\1(\2)|p' >"$work/pages"
	grep -qxF 'clone(2)' "$work/pages" || echo "no pages of manpages-dev"
	grep -qxF 'io_uring_get_sqe(3)' "$work/pages" || echo "no pages of liburing-dev"
	sed -n 's/^\.BR \([a-z_0-9.]*\) (\([0-9]\)).*/\1 \2/p' man/*.[1-9] | sort -u |
		while read -r name section; do
			[ -e "man/$name.$section" ] ||
				grep -qxF "$name($section)" "$work/pages" ||
				echo " ${elsewhere//[[:space:]]/ } " | grep -qF " $name($section) " ||
				echo "$name($section): no such page"
		done
}

# docs/man.md has a row for each page, "| [name](../man/FILE) | section | purpose |",
# where FILE is the page that has the text.
index_is_complete() {
	local page to
	for page in man/*; do
		to=$(sed -n '1s|^\.so man[0-9]/||p' "$page")
		page=${page#man/}
		echo "| [${page%.*}](../man/${to:-$page}) | ${page##*.} |"
	done | LC_ALL=C sort >"$work/have"
	grep -oE '^\| \[[^|]*\| [^|]* \|' docs/man.md | LC_ALL=C sort >"$work/named"
	diff "$work/have" "$work/named"
}

# ---- the other documents

# A new opcode: CONTRIBUTING.md's list of files has all that name each of ours.
opcode_list_is_true() {
	local op file files
	files=$(sed -n '/^## A new opcode/,/^## Commits/s/^| `\([^`]*\)` |.*/\1/p' CONTRIBUTING.md)
	[ "$(echo "$files" | wc -l)" -ge 10 ] || echo "no list of files in CONTRIBUTING.md"
	sed -n 's/^#define IORING_OP_\([A-Z]*\)[ \t]*[0-9]*$/\1/p' \
		include/uapi/linux/io_uring_spawn.h >"$work/opcodes"
	[ "$(wc -l <"$work/opcodes")" -ge 4 ] || echo "no opcodes in the header"
	while read -r op; do
		for file in $files; do
			grep -qE "\b((IORING|IO_URING_SPAWN)_OP_)?$op\b" "$file" ||
				echo "$file does not name $op"
		done
	done <"$work/opcodes"
}

documents() { find . -maxdepth 1 -name '*.md'; find docs -name '*.md'; }

# One paragraph a line, without headings and without quoted code.
paragraphs() {
	prose "$1" | sed 's/`[^`]*`/x/g' |
		awk '/^#/ { next } /^$/ || /^[|]/ || /^ *([-*]|[0-9]+\.) / { print "" }
			{ printf "%s ", $0 } END { print "" }'
}

# A sentence whose subject is "who ..." or "what ..."; a question may begin so.
inverted='(^|[.!:;|] |[|]|[-*] |[0-9]\. |[*]{2})[ ]*(Who|Whoever|What|Whatever) [^.?|]*([.|]|$)'
# "by that", "so that", "such that", "or else", "also when".
literary='[a-z] by that *([.,;:|)]|$)|[, ]so that |such that |[,;] else |or else |[ ,]also (when|if|where|after) '

english() {
	local file
	for file in $(documents) man/*.[1-8]; do
		paragraphs "$file" | grep -oE -e "$inverted" -e "$literary" |
			sed "s|^|${file#./}: |"
		prose "$file" | grep -E '^#+ (Who|Whoever|Those|It|They) ' |
			sed "s|^|${file#./}: |"
	done
}

# The README's figures are those of docs/performance.md: make bench-docs puts both there.
figures() {
	local n
	sed -n '/^<!-- bench/,/^<!-- bench end/p' README.md |
		grep -v '^<!--' | grep -oE '[0-9]+\.[0-9]+' >"$work/figures" ||
		echo "README.md: no figures"
	while read -r n; do
		grep -qwF -e "$n" docs/performance.md ||
			echo "README.md: $n: not in docs/performance.md"
	done <"$work/figures"
}

# A document without what is between fences, or is indented: code.
prose() { awk '/^ *```/ { code = !code; next } !code && !/^(    |\t)/' "$1"; }

# Anchors of a document's headings, as they are made on the web.
anchors() {
	prose "$1" | sed -n 's/^#\+ *//p' | tr '[:upper:]' '[:lower:]' |
		sed 's/[^a-z0-9 _-]//g; s/ /-/g'
}

links() {
	local file link path anchor
	for file in $(documents); do
		for link in $(prose "$file" | grep -oE '\]\([^)]+\)' | sed 's/^](//; s/)$//'); do
			case $link in
			http://* | https://*) continue ;;
			esac
			path=${link%%#*} anchor=
			[ "$path" = "$link" ] || anchor=${link#*#}
			path=${path:+$(dirname "$file")/$path}
			path=${path:-$file}
			if [ ! -e "$path" ]; then
				echo "$file: $link: no such file"
			elif [ -n "$anchor" ] && ! anchors "$path" | grep -qxF -e "$anchor"; then
				echo "$file: $link: no such heading"
			fi
		done
	done
}

# Below this tree, or beside the document, or somewhere if it is a bare name;
# NAME, FOLDER, N and KERNEL stand for any.
exists() {
	local name
	name=$(echo "$2" | sed -E 's/\b(NAME|FOLDER|KERNEL|N)\b/*/g')
	compgen -G "$name" >/dev/null || compgen -G "$(dirname "$1")/$name" >/dev/null || {
		[ "${name#*/}" = "$name" ] &&
			find . -path ./build -prune -o -name "$name" -print | grep -q .
	}
}

# A name is a file of ours by its suffix or its first directory.
files() {
	local file name
	for file in $(documents); do
		{
			prose "$file" | grep -oE '[A-Za-z0-9_.*/-]+\.(c|h|sh|mk|md|config|cil|profiles)\b'
			prose "$file" | grep -oE '`(module|include|userspace|man|docs|tests|bench|debian|\.ci)/[^` ]*' |
				tr -d '`'
		} | sort -u | while read -r name; do
			exists "$file" "$name" || echo "$file: $name: no such file"
		done
	done
}

# "make" and its words: targets, variables of the Makefile, -C.
made() {
	local word dir=. targets=()
	while [ $# -gt 0 ]; do
		word=$1
		shift
		case $word in
		-C) dir=$1; shift ;;
		-*) ;;
		*=*) grep -qE "\b${word%%=*}\b" "$dir/Makefile" || return ;;
		*) targets+=("$word") ;;
		esac
	done
	for word in ${targets[@]+"${targets[@]}"}; do
		make -C "$dir" -rpn -- "$word-is-no-target" 2>/dev/null | grep -q "^$word:" || return
	done
}

# One command with its words, in a document.
command_is_right() {
	local program word
	while :; do
		case $1 in
		sudo | env | *=*) shift ;;
		*) break ;;
		esac
	done
	program=$1
	shift
	case $program in
	make) made "$@" ;;
	bash) [ -f "$1" ] ;;
	tests/* | .ci/*)
		[ -x "$program" ] || return
		for word; do
			case $word in
			--) break ;;
			--*) grep -qF -e "$word" "$program" || return ;;
			esac
		done ;;
	dkms)
		case $* in
		*/*) echo "$*" | grep -qE "\bio-uring-spawn/$(module_version)\b" ;;
		esac ;;
	modprobe | rmmod | insmod | modinfo) echo "$*" | grep -q 'io_uring_spawn' ;;
	echo | cat)
		for word; do
			case $word in
			*/sys/module/*)
				word=${word#*/sys/module/io_uring_spawn/parameters/}
				parameters | grep -qx "$word" || return ;;
			esac
		done ;;
	cc)
		for word; do
			case $word in
			-I*) [ -d "${word#-I}" ] || return ;;
			esac
		done ;;
	# Debian's and others': what they are given is not ours to judge
	apt | apt-get | dmesg | journalctl | git | grep | ls | mokutil | mount | sysctl | \
		ulimit | uname | docker | podman | ausearch | aa-status) ;;
	*) return 1 ;;
	esac
}

# Commands are lines of indented blocks in these, and what begins with "make"
# anywhere.
commands() {
	local file line words
	for file in README.md $(find . -maxdepth 1 -name 'CONTRIBUTING.md') \
		docs/program.md docs/vm-harness.md $(find docs -name 'troubleshooting.md'); do
		awk '/^```/ { code = !code } !code && sub(/^    /, "") && /^[a-z.]/' "$file" |
			sed 's/[ \t]# .*//' |
			while read -r line; do
				read -ra words < <(echo "$line" | tr -d "\"'")
				command_is_right "${words[@]}" || echo "$file: $line"
			done
	done
	for file in $(documents); do
		tr '\n' ' ' <"$file" | grep -oE '`make [^`]*`' | tr -d '`' | sort -u |
			sed 's/"[^"]*"/x/g' | while read -ra words; do
				made "${words[@]:1}" || echo "$file: ${words[*]}"
			done
	done
	make -s help | sed -n 's/^make \([a-z-]*\).*/\1/p' | while read -r line; do
		made "$line" || echo "make help: $line"
	done
}

options() {
	local option
	# what other programs are given is below that heading
	for option in $(sed '/^## Why not/,/^## /d' docs/vm-harness.md |
		grep -oE '`--[a-z-]+' | tr -d '`' | sort -u); do
		grep -qF -e "$option" tests/vm/run ||
			echo "docs/vm-harness.md: $option: not an option of tests/vm/run"
	done
	# --help has its own case, "-h | --help"
	sed -n 's/^\t\(--[a-z][a-z-]*\)) .*/\1/p' tests/vm/run | while read -r option; do
		sed -n '/^usage/,/^EOF/p' tests/vm/run | grep -q -e "^  $option\b" ||
			echo "tests/vm/run --help: no $option"
		grep -q -e "^| .*\`$option\b" docs/vm-harness.md ||
			echo "docs/vm-harness.md: no row for $option"
	done
}

# The programs compile as they are printed.
program_compiles() {
	local file
	rm -f "$work"/program*.c
	for file in docs/program.md docs/library.md; do
		awk -v name="$work/program-$(basename "$file" .md)" '
			/^```c$/ { code = 1; block = ""; next }
			/^```$/ { if (block ~ /int main/) { nr++; print block >(name nr ".c") } code = 0 }
			code { block = block $0 "\n" }' "$file"
		[ -e "$work/program-$(basename "$file" .md)1.c" ] || echo "$file: no program"
	done
	# the README's lines stand in a function
	{
		echo '#include <io_uring_spawn.h>'
		echo 'void readme(struct io_uring ring, char *const *argv, char *const *environ);'
		echo 'void readme(struct io_uring ring, char *const *argv, char *const *environ) {'
		sed -n '/^```c$/,/^```$/{/^```/!p}' README.md
		echo '}'
	} >"$work/readme.c"
	gcc -Wall -Wextra -Werror -fsyntax-only -D_GNU_SOURCE -Iuserspace/include \
		-Iinclude/uapi -isystem "$liburing/include" "$work/readme.c"
	for file in "$work"/program*.c; do
		gcc -Wall -Wextra -Werror -fsyntax-only -D_GNU_SOURCE -Iuserspace/include \
			-Iinclude/uapi -isystem "$liburing/include" "$file"
	done
}

# Each complaint of the module, with anything for what it fills in.
messages() {
	local message
	tr '\n' ' ' <docs/troubleshooting.md | tr -s ' ' >"$work/text"
	cat module/*.c | grep -A1 -E 'pr_(err|warn)\(' |
		sed -n 's/^[^"]*"\(.*\)\\n".*/\1/p' >"$work/messages"
	[ -s "$work/messages" ] || echo "no messages found"
	while read -r message; do
		grep -qE -e "$(echo "$message" | sed -E 's/[][().*?+]/\\&/g
			s/%[a-z]+/[^`]*/g')" "$work/text" ||
			echo "docs/troubleshooting.md: \"$message\" is not there"
	done <"$work/messages"
}

check "each helper has a page, each page a helper" none helpers_have_pages
check "opcodes, flags and parameters are in the manual" none abi_is_described
check "pages that pages name exist" none references_exist
check "docs/man.md names each page, and no others" none index_is_complete
check "CONTRIBUTING.md's places of an opcode" none opcode_list_is_true
check "links lead somewhere" none links
check "files that documents name exist" none files
check "commands in documents can be given" none commands
check "options of tests/vm/run in its document" none options
check "programs in documents compile" none program_compiles
check "sentences and headings are plain" none english
check "figures of the README are in docs/performance.md" none figures
check "what the module complains of is in docs/troubleshooting.md" none messages
finish
