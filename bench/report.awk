# SPDX-License-Identifier: GPL-2.0
#
# What bench/spawn prints, as tables; into the files json and svg, if they are named,
# as those. unit is ns, which is shown as microseconds, or instructions.

function show(value) {
	if (value == "")
		return ""
	return unit == "ns" ? sprintf("%.1f", value / 1000) : sprintf("%d", value)
}

# Keeps an order in which names came: list[1] ... list[n].
function add(list, seen, name) {
	if (!(name in seen)) {
		seen[name] = 1
		list[++list[0]] = name
	}
}

BEGIN {
	FS = "|"
	many = "vfork, execve 17 times"
	parents[0] = methods[0] = rated[0] = threads[0] = 0
}

$1 == "machine" && NF == 3 { machine[$2] = $3 }

$1 == "spawn" && NF == 7 {
	add(parents, seen_parent, $2)
	add(methods, seen_method, $3)
	least[$2, $3, $4] = $6
	median[$2, $3, $4] = $7
	rows = rows sprintf("%s    {\"parent\": \"%s\", \"method\": \"%s\", \"until\": \"%s\", \"rounds\": %d, \"minimum\": %d, \"median\": %d}",
		rows ? ",\n" : "", $2, $3, $4, $5, $6, $7)
}

$1 == "rings" && NF == 5 {
	ring_rows = ring_rows sprintf("| %d | %s | %s |\n", $2, show($4), show($5))
	rings = rings sprintf("%s    {\"rings\": %d, \"rounds\": %d, \"minimum\": %d, \"median\": %d}",
		rings ? ",\n" : "", $2, $3, $4, $5)
}

$1 == "rate" && NF == 4 {
	add(threads, seen_threads, $2)
	add(rated, seen_rated, $3)
	rate[$2, $3] = $4
	rates = rates sprintf("%s    {\"threads\": %d, \"method\": \"%s\", \"per_second\": %d}",
		rates ? ",\n" : "", $2, $3, $4)
}

function line(n,    i) {
	printf "|---|"
	for (i = 1; i < n; i++)
		printf "---|"
	print ""
}

function table_of_plain(    i, m, again) {
	print "| | first, minimum | first, median | reaped, minimum | reaped, median |"
	line(5)
	for (i = 1; i <= methods[0]; i++) {
		m = methods[i]
		if (("plain", m, "reaped") in least)
			printf "| %s | %s | %s | %s | %s |\n", m,
				show(least["plain", m, "first"]),
				show(median["plain", m, "first"]),
				show(least["plain", m, "reaped"]),
				show(median["plain", m, "reaped"])
	}
	if (("plain", many, "reaped") in least) {
		again = least["plain", many, "reaped"]
		again -= least["plain", "vfork, execve", "reaped"]
		printf "\nLower bound: one execve() costs %s %s ((17 execs - 1 exec) / 16).\n",
			show(again / 16), unit == "ns" ? "microseconds" : "instructions"
		print "This is the minimum and includes the end of the previous program."
	}
}

function table_of_parents(measure,    i, p, m) {
	printf "| %s, median |", measure
	for (p = 1; p <= parents[0]; p++)
		printf " %s |", parents[p]
	print ""
	line(parents[0] + 1)
	for (i = 1; i <= methods[0]; i++) {
		m = methods[i]
		if (!((parents[parents[0]], m, measure) in median))
			continue
		printf "| %s |", m
		for (p = 1; p <= parents[0]; p++)
			printf " %s |", show(median[parents[p], m, measure])
		print ""
	}
}

function table_of_rates(    i, t) {
	printf "| processes a second |"
	for (t = 1; t <= threads[0]; t++)
		printf " %d thread%s |", threads[t], threads[t] == 1 ? "" : "s"
	print ""
	line(threads[0] + 1)
	for (i = 1; i <= rated[0]; i++) {
		printf "| %s |", rated[i]
		for (t = 1; t <= threads[0]; t++)
			printf " %d |", rate[threads[t], rated[i]]
		print ""
	}
}

function write_json(    name, list) {
	for (name in machine)
		list = list sprintf("%s\"%s\": \"%s\"", list ? ", " : "", name,
			machine[name])
	printf "{\n  \"machine\": {%s},\n  \"unit\": \"%s\",\n", list, unit >json
	printf "  \"spawn\": [\n%s\n  ],\n  \"rings\": [\n%s\n  ],\n", rows, rings >json
	printf "  \"rates\": [\n%s\n  ]\n}\n", rates >json
}

# A bar for each method and parent, of the cost until the child is reaped, its
# length the logarithm.
function write_svg(    i, p, m, y, value, low, high, colours, part) {
	split("#4c72b0 #dd8452 #55a868 #c44e52 #8172b3 #937860", colours, " ")
	low = high = 0
	for (part in median) {
		value = median[part]
		if (value > 0 && (!low || value < low))
			low = value
		if (value > high)
			high = value
	}
	low /= 2
	for (p = 1; p <= parents[0]; p++)
		part_svg(20, 20 + 16 * p, 12, colours[p], parents[p])
	y = 40 + 16 * parents[0]
	for (i = 1; i <= methods[0]; i++) {
		m = methods[i]
		svg_body = svg_body sprintf("<text x=\"220\" y=\"%d\" text-anchor=\"end\">%s</text>\n", y + 10, m)
		for (p = 1; p <= parents[0]; p++) {
			if (!((parents[p], m, "reaped") in median))
				continue
			value = median[parents[p], m, "reaped"]
			part_svg(228, y, 450 * log(value / low) / log(high / low),
				colours[p], show(value))
			y += 14
		}
		y += 6
	}
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"800\" height=\"%d\" font-family=\"sans-serif\" font-size=\"11\">\n", y + 10 >svg
	printf "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n" >svg
	printf "<text x=\"20\" y=\"14\">%s from the call to the child reaped, median, logarithmic</text>\n<text x=\"20\" y=\"28\">Linux %s, %s, CPUs: %s</text>\n%s</svg>\n",
		unit == "ns" ? "Microseconds" : "Instructions", machine["kernel"],
		machine["accelerator"], machine["CPUs"], svg_body >svg
}

function part_svg(x, y, width, colour, text) {
	svg_body = svg_body sprintf("<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"11\" fill=\"%s\"/><text x=\"%d\" y=\"%d\">%s</text>\n",
		x, y, width, colour, x + width + 4, y + 10, text)
}

END {
	if (!methods[0])
		exit 1
	printf "Linux %s, CPUs: %s, accelerator: %s. %s.\n\n", machine["kernel"],
		machine["CPUs"], machine["accelerator"],
		unit == "ns" ? "Microseconds" : "Instructions"
	table_of_plain()
	for (i = 1; i <= 2 && parents[0] > 1; i++) {
		print ""
		table_of_parents(i == 1 ? "first" : "reaped")
	}
	if (ring_rows) {
		print "\n| a chain on each of so many of 1000 rings | reaped, minimum | reaped, median |"
		line(3)
		printf "%s", ring_rows
	}
	if (rated[0]) {
		print ""
		table_of_rates()
	}
	if (json)
		write_json()
	if (svg)
		write_svg()
}
