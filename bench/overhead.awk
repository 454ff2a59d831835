# A table of overhead's lines: what is measured|state of the module|figure.
NF == 3 {
	if (!($1 in seen))
		names[++nr] = $1
	seen[$1] = 1
	cost[$1, $2] = $3
}
END {
	print "| | absent | loaded | unloaded | loaded : absent |"
	print "|---|---|---|---|---|"
	for (i = 1; i <= nr; i++) {
		name = names[i]
		printf "| %s | %d | %d | %d | %.3f |\n", name, cost[name, "absent"], \
			cost[name, "loaded"], cost[name, "unloaded"], \
			cost[name, "loaded"] / cost[name, "absent"]
	}
	exit !nr
}
