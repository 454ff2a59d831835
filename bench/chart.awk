# SPDX-License-Identifier: GPL-2.0
#
# A chart of what report.awk has read, as *.chart says:
#
#	title|TEXT		in one line above, and for readers who do not see it
#	note|TEXT
#	panel|TEXT|WHERE|PARENT|WORK|WAY|MEASURE	whose row is 1.00
#	bar|CLASS|TEXT|LIBC|PARENT|WORK|WAY|MEASURE	empty: as the panel's
#
# Ratios on a linear axis from 0, with a line for each 0.05. A bar that is longer than
# the axis is cut. CLASS is libc or ours.

BEGIN {
	left = 236
	unit = 380		# of 1.00
	top_ratio = 1.4
	row_height = 22
	y = 68
	colours["libc"] = colours["ours"] = 1
}

function text(class, x, y, words, more) {
	return sprintf("  <text class=\"%s\" x=\"%d\" y=\"%d\"%s>%s</text>\n", class, x, y,
		more ? " " more : "", words)
}

# $ in a title is no more than that; < and & would be marks.
function quote(words) {
	gsub(/&/, "\\&amp;", words)
	gsub(/</, "\\&lt;", words)
	return words
}

$1 == "title" { title = quote($2) }
$1 == "note" { note = quote($2) }
$1 == "panel" { specs[++nr_specs] = $0 }
$1 == "bar" { specs[++nr_specs] = $0 }

function axis(from, to,    i, x, class) {
	for (i = 0; i <= top_ratio * 20 + 0.5; i++) {
		x = left + i * unit / 20
		class = i % 20 == 0 ? "base" : "grid"
		body = body sprintf("  <path class=\"%s\" d=\"M%d %dV%d\"%s/>\n", class, x, from, to,
			i % 4 ? " opacity=\"0.45\"" : "")
		if (i % 4 == 0)
			body = body text("dim", x, to + 14, sprintf("%.2f", i / 20),
				"text-anchor=\"middle\" font-size=\"11\"")
	}
}

function bar(class, label, value, base,    r, width) {
	if (!bars) {
		heard = heard " " panel_title ":"
		y = panel_top + 4
	}
	r = value / base
	width = (r > top_ratio ? top_ratio : r) * unit
	bars = bars text("text", left - 8, y + 14, label, "text-anchor=\"end\"") \
		sprintf("  <rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>\n",
			class, left, y, width, row_height - 5) \
		text("text", left + width + 6, y + 14, sprintf("%.2f (%s%s)", r, show(value),
			r > top_ratio ? ", cut" : ""))
	heard = heard sprintf(" %s: %.2f.", label, r)
	y += row_height
}

# The axis is below the bars, and drawn first. A panel without any was not measured.
function end_panel() {
	if (!bars)
		return
	body = body text("text", 20, panel_top - 6, panel_title, "font-weight=\"bold\"")
	axis(panel_top, y)
	body = body bars
	bars = ""
	y += 46
}

function begin_panel(p) {
	end_panel()
	panel_where = p[3]
	base_of = p[4] SUBSEP p[5] SUBSEP p[6] SUBSEP p[7]
	for (i = 4; i <= 7; i++)
		default_of[i] = p[i]
	panel_title = quote(p[2]) ": " (p[3] == "one" ? "thousands of instructions, one CPU" : \
		"microseconds, " machine[p[3], "CPUs"] " CPUs")
	panel_top = y + 14
}

function add_bar(p,    i, libc, value, base) {
	for (i = 5; i <= 8; i++)
		if (p[i] == "")
			p[i] = default_of[i - 1]
	libc = p[4] == "" ? main[panel_where] : p[4]
	value = least[panel_where, libc, p[5], p[6], p[7], p[8]]
	base = least[panel_where, main[panel_where], base_of]
	if (value && base)
		bar(p[2], quote(p[3]), value, base)
}

END {
	for (n = 1; n <= nr_specs; n++) {
		for (i = 4; i <= 8; i++)
			part[i] = ""
		split(specs[n], part, "|")
		if (part[1] == "panel")
			begin_panel(part)
		else
			add_bar(part)
	}
	end_panel()
	w = left + top_ratio * unit + 120
	h = y - 16
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\" aria-labelledby=\"t d\" font-family=\"sans-serif\" font-size=\"13\">\n", w, h, w, h
	printf "  <title id=\"t\">%s</title>\n  <desc id=\"d\">%s</desc>\n", title, substr(heard, 2)
	print "  <style>"
	print "    .page { fill: #ffffff } .text { fill: #1f2328 } .dim { fill: #59636e } .grid { stroke: #d1d9e0 }"
	print "    .base { stroke: #59636e } .libc { fill: #9198a1 } .ours { fill: #0969da }"
	print "    @media (prefers-color-scheme: dark) {"
	print "      .page { fill: #0d1117 } .text { fill: #e6edf3 } .dim { fill: #9198a1 } .grid { stroke: #3d444d }"
	print "      .base { stroke: #9198a1 } .libc { fill: #656c76 } .ours { fill: #4493f8 }"
	print "    }"
	print "  </style>"
	printf "  <rect class=\"page\" width=\"%d\" height=\"%d\" rx=\"6\"/>\n", w, h
	printf "%s%s%s</svg>\n", text("text", 20, 28, title, "font-size=\"15\" font-weight=\"bold\""),
		text("dim", 20, 46, note " Linux " machine["one", "kernel"] " in QEMU."), body
}
