# SPDX-License-Identifier: GPL-2.0
#
# Reads what bench/spawn prints, and bench/limits. instructions.lines is of a machine
# with one CPU that counts them, threads.lines of one whose CPUs take turns and count
# them, any other file is in nanoseconds. What tables and charts have in common;
# tables.awk and chart.awk are read after this.
#
# least[WHERE, LIBC, PARENT, WORK, WAY, MEASURE], and so middle, the median; WHERE is
# "one", "turns" or "many". main[WHERE] is the glibc that everything is measured with.

# Keeps an order in which names came: list[1] ... list[list[0]].
function add(list, name,    i) {
	for (i = 1; i <= list[0]; i++)
		if (list[i] == name)
			return
	list[++list[0]] = name
}

# Thousands of instructions, or microseconds; with a mark, a median that says little.
function show(value) {
	if (value == "")
		return ""
	return value < 10000000 ? sprintf("%.1f", value / 1000) : sprintf("%d", value / 1000)
}

function show_median(low, value) {
	return show(value) (value > 2 * low ? " (!)" : "")
}

function ratio(value, to) {
	return value == "" || !to ? "" : sprintf("%.2f", value / to)
}

function get(where, parent, work, way, what) {
	return least[where, main[where], parent, work, way, what]
}

BEGIN {
	FS = "|"
	parents[0] = works[0] = ways[0] = libcs[0] = programs[0] = 0
	caches[0] = rated[0] = threads[0] = limits[0] = where_first[0] = 0
}

FNR == 1 {
	where = "many"
	if (FILENAME ~ /instructions\.lines$/)
		where = "one"
	if (FILENAME ~ /threads\.lines$/)
		where = "turns"
}

$1 == "machine" && NF == 3 { machine[where, $2] = $3 }

$1 == "spawn" && NF == 9 {
	if (!(where in main))
		main[where] = $2
	add(libcs, $2)
	add(parents, $3)
	add(works, $4)
	add(ways, $5)
	least[where, $2, $3, $4, $5, $6] = $8
	middle[where, $2, $3, $4, $5, $6] = $9
	# on one CPU the child has it, or the caller
	if ($9 > 2 * $8 && !(where == "one" && $6 == "gap"))
		noisy[where] = noisy[where] sprintf("%s, %s, %s: %s; ", $3, $4, $5, $6)
	row(sprintf("\"glibc\": \"%s\", \"parent\": \"%s\", \"work\": \"%s\", \"way\": \"%s\", \"measure\": \"%s\", \"rounds\": %d, \"minimum\": %d, \"median\": %d",
		$2, $3, $4, $5, $6, $7, $8, $9))
}

$1 == "rings" && NF == 5 {
	rings = rings sprintf("| %d | %s | %s |\n", $2, show($4), show_median($4, $5))
	row(sprintf("\"rings\": %d, \"rounds\": %d, \"minimum\": %d, \"median\": %d",
		$2, $3, $4, $5))
}

$1 == "memory" && NF == 4 {
	add(caches, $3)
	memory[$2, $3] = $4
	row(sprintf("\"way\": \"%s\", \"cache\": \"%s\", \"bytes\": %d", $2, $3, $4))
}

$1 == "rate" && NF == 7 {
	way = $3 == "plain" ? $4 : $4 ", " $3
	add(rated, way)
	add(threads, $2)
	rate[where, $2, way] = $5
	sleeps[where, $2, way] = $6
	row(sprintf("\"threads\": %d, \"work\": \"%s\", \"way\": \"%s\", \"per_second\": %d, \"sleeps\": %s, \"stops\": %s",
		$2, $3, $4, $5, $6, $7))
}

$1 == "program" && NF == 6 {
	add(programs, $3)
	program_least[$3] = $5
	program_middle[$3] = $6
	row(sprintf("\"program\": \"%s\", \"rounds\": %d, \"minimum\": %d, \"median\": %d",
		$3, $4, $5, $6))
}

$1 == "limit" && NF == 8 { limits[++limits[0]] = $0 }

function row(fields) {
	json_rows = json_rows sprintf("%s    {\"in\": \"%s\", %s}", json_rows ? ",\n" : "",
		where == "many" ? "nanoseconds" : "instructions", fields)
}
