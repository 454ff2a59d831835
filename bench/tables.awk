# SPDX-License-Identifier: GPL-2.0
#
# The tables of what report.awk has read, a file each, in the directory dir.

# The file that put() prints to, and its columns.
function open_table(name, columns,    n, parts) {
	out = dir "/" name ".md"
	n = split(columns, parts, "|")
	put("| " columns " |")
	rule = "|---"
	while (--n)
		rule = rule "|---"
	put(rule "|")
}

function put(text) { print text >out }

# ---- the caller's blocked time

function blocked_row(where, libc, way, label,    key, call, gap, many) {
	key = where SUBSEP libc SUBSEP "10 files" SUBSEP "plain" SUBSEP way
	if (!((key, "gap") in least))
		return
	call = least[key, "call"]
	gap = least[key, "gap"]
	many = least[where, libc, "100,000 files", "plain", way, "call"]
	put(sprintf("| %s | %s | %s | %s | %s | %s |%s", label, show(call),
		ratio(call, get(where, "10 files", "plain", "vfork", "call")),
		show(gap), show_median(gap, middle[key, "gap"]),
		ratio(gap, get(where, "10 files", "plain", "vfork", "gap")),
		where != "one" ? "" : sprintf(" %s | %s |", show(many),
		ratio(many, get(where, "100,000 files", "plain", "vfork", "call")))))
}

function blocked(where, name,    i, k, way) {
	open_table(name, " | call | : vfork | longest gap | median | : vfork" \
		(where == "one" ? " | call, 100,000 files | : vfork" : ""))
	for (i = 1; i <= ways[0]; i++) {
		way = ways[i]
		if (way != "posix_spawn" && way != "drop-in") {
			blocked_row(where, main[where], way, way)
			continue
		}
		for (k = 1; k <= libcs[0]; k++)
			blocked_row(where, libcs[k], way, way ", glibc " libcs[k])
	}
}

# ---- one spawn

function spawn_row(where, libc, work, way, label,    key, first, reaped, base) {
	key = where SUBSEP libc SUBSEP "10 files" SUBSEP work SUBSEP way
	if (!((key, "reaped") in least))
		return
	first = least[key, "first"]
	reaped = least[key, "reaped"]
	base = get(where, "10 files", work, "posix_spawn", "reaped")
	put(sprintf("| %s | %s | %s | %s | %s | %s | %s |",
		(work == "plain" ? "" : work ": ") label, show(first),
		ratio(first, get(where, "10 files", work, "vfork", "first")),
		show(reaped), show_median(reaped, middle[key, "reaped"]),
		ratio(reaped, get(where, "10 files", work, "vfork", "reaped")),
		ratio(reaped, base)))
}

# Those of a batch have a number first.
function is_batch(work) { return work ~ /^[0-9]+ (at once|in sequence)$/ }

function spawns(where, name, batches,    i, j, k, way) {
	open_table(name, " | first | : vfork | reaped | median | : vfork | : posix_spawn, glibc " main[where])
	for (i = 1; i <= works[0]; i++) {
		if (is_batch(works[i]) != batches)
			continue
		for (j = 1; j <= ways[0]; j++) {
			way = ways[j]
			if (way != "posix_spawn" && way != "drop-in") {
				spawn_row(where, main[where], works[i], way, way)
				continue
			}
			for (k = 1; k <= libcs[0]; k++)
				spawn_row(where, libcs[k], works[i], way,
					way ", glibc " libcs[k])
		}
	}
}

# ---- what README.md shows

function readme_row(libc, way, label,    reaped, call, many) {
	reaped = least["one", libc, "10 files", "plain", way, "reaped"]
	call = least["one", libc, "10 files", "plain", way, "call"]
	many = least["one", libc, "100,000 files", "plain", way, "reaped"]
	if (reaped == "")
		return
	put(sprintf("| %s | %s | %s | %s | %s | %s | %s |", label, show(call),
		ratio(call, get("one", "10 files", "plain", "vfork", "call")), show(reaped),
		ratio(reaped, get("one", "10 files", "plain", "vfork", "reaped")), show(many),
		ratio(many, get("one", "100,000 files", "plain", "vfork", "reaped"))))
}

function readme(    k, glibc) {
	open_table("readme", " | caller blocked | : vfork | until reaped | : vfork | with 100,000 files open | : vfork")
	glibc = main["one"]
	readme_row(glibc, "vfork", "vfork, execve")
	for (k = 1; k <= libcs[0]; k++)
		readme_row(libcs[k], "posix_spawn", "posix_spawn, glibc " libcs[k])
	readme_row(glibc, "drop-in", "posix_spawn by the drop-in, glibc " glibc)
	readme_row(glibc, "chain", "chain, its CQEs waited for")
	readme_row(glibc, "chain, no wait", "chain, submitted")
	readme_row(glibc, "chain, pristine, no wait", "pristine chain, submitted")
}

# ---- parents that grow

function parents_table(measure, name,    i, j, p, text, value) {
	text = measure ", minimum, and its ratio to vfork"
	for (p = 1; p <= parents[0]; p++)
		text = text " | " parents[p]
	open_table(name, text)
	for (i = 1; i <= works[0]; i++)
		for (j = 1; j <= ways[0]; j++) {
			if (get("one", "1 GiB touched", works[i], ways[j], measure) == "")
				continue
			text = "| " (works[i] == "plain" ? "" : works[i] ": ") ways[j] " |"
			for (p = 1; p <= parents[0]; p++) {
				value = get("one", parents[p], works[i], ways[j], measure)
				text = text sprintf(" %s (%s) |", show(value), ratio(value,
					get("one", parents[p], works[i], "vfork", measure)))
			}
			put(text)
		}
}

# ---- several threads

function rates(where, name, what,    i, t, last, text, value) {
	text = what
	for (t = 1; t <= threads[0]; t++)
		text = text " | " threads[t] " thread" (threads[t] == 1 ? "" : "s")
	last = threads[threads[0]]
	open_table(name, text " | sleeps for each, " last " threads")
	for (i = 1; i <= rated[0]; i++) {
		if (!((where, last, rated[i]) in rate))
			continue
		text = "| " rated[i] " |"
		for (t = 1; t <= threads[0]; t++) {
			value = rate[where, threads[t], rated[i]]
			text = text (where == "turns" ? sprintf(" %.1f |", 1000000 / value) : \
				sprintf(" %d |", value))
		}
		put(text sprintf(" %.2f |", sleeps[where, last, rated[i]]))
	}
}

# ---- whole programs, beside the one with glibc that has the same name

function programs_table(    i, name, base) {
	open_table("programs", "64 programs started by | minimum | median | : glibc")
	for (i = 1; i <= programs[0]; i++) {
		name = base = programs[i]
		if (!sub(/drop-in/, "glibc", base))
			base = ""
		if (base == "" && name !~ /: glibc$/)
			base = "Python, subprocess: glibc"
		put(sprintf("| %s | %s | %s | %s |", name, show(program_least[name]),
			show_median(program_least[name], program_middle[name]),
			base == "" ? "" : ratio(program_least[name], program_least[base])))
	}
}

# ---- memory of those that wait; of the second of two rounds

function memory_table(    i, name, sum, other) {
	open_table("memory", "bytes for each | chain | clone(CLONE_VM)")
	for (i = 1; i <= caches[0]; i++) {
		name = caches[i]
		put(sprintf("| %s | %d | %d |", name, memory["chain", name],
			memory["clone(CLONE_VM)", name]))
		sum += memory["chain", name]
		other += memory["clone(CLONE_VM)", name]
	}
	put(sprintf("| together | %d | %d |", sum, other))
}

# ---- what bench/limits wants

function limits_table(    i, part, value, to) {
	open_table("targets", " | to | measure | parent | wanted | limit of make check | measured")
	for (i = 1; i <= limits[0]; i++) {
		split(limits[i], part, "|")
		value = get("one", part[3], part[4], part[5], part[2])
		to = get("one", part[3], part[4], part[6], part[2])
		put(sprintf("| %s%s | %s | %s | %s | %s | %s | %s |",
			part[4] == "plain" ? "" : part[4] ": ", part[5], part[6], part[2],
			part[3], part[8], part[7], ratio(value, to)))
	}
}

function machines(    where) {
	out = dir "/machine.md"
	for (where in main)
		put(sprintf("- Linux %s, %s, CPUs: %s, glibc %s: %s.",
			machine[where, "kernel"], machine[where, "accelerator"],
			machine[where, "CPUs"], main[where],
			where == "one" ? "thousands of instructions" : "microseconds"))
}

function floor_of_exec(    many, one) {
	many = get("one", "10 files", "plain", "vfork, 17 programs", "reaped")
	one = get("one", "10 files", "plain", "vfork", "reaped")
	if (many == "" || one == "")
		return
	out = dir "/floor.md"
	put(sprintf("One execve() costs at least %s ((17 programs - 1 program) / 16, with the end of the\nprevious program).", show((many - one) / 16)))
}

END {
	if (!works[0]) {
		print "report: nothing was measured" >"/dev/stderr"
		exit 1
	}
	machines()
	if ("one" in main) {
		blocked("one", "blocked")
		spawns("one", "spawn", 0)
		spawns("one", "batches", 1)
		parents_table("reaped", "parents")
		parents_table("call", "parents-call")
		limits_table()
		readme()
		floor_of_exec()
	}
	if (programs[0])
		programs_table()
	if (caches[0])
		memory_table()
	if (rings) {
		open_table("rings", "a chain on each of so many of 1000 rings | reaped, minimum | reaped, median")
		printf "%s", rings >out
	}
	if ("many" in main) {
		blocked("many", "blocked-cpus")
		spawns("many", "cpus", 0)
		spawns("many", "batches-cpus", 1)
	}
	if (("turns", "CPUs") in machine)
		rates("turns", "threads", "thousands of instructions for a process")
	if (("many", "CPUs") in machine)
		rates("many", "rates", "processes a second")
	print "{\n  \"rows\": [\n" json_rows "\n  ]\n}" >(dir "/bench.json")
	for (where in noisy)
		printf "warning: %s: the median is more than twice the minimum: %s\n",
			where == "one" ? "instructions" : "time", noisy[where] >"/dev/stderr"
}
