# A table of overhead's lines: what is measured|state of the module|figure.
function compared(without, with) {
	return sprintf("%d | %d | %.3f", without, with, with / without)
}

NF == 3 {
	if (!($1 in seen))
		names[++nr] = $1
	seen[$1] = 1
	cost[$1, $2] = $3
}
END {
	print "| | absent | loaded | loaded : absent | unloaded" \
		" | BPF, absent | BPF, loaded | loaded : absent |"
	print "|---|---|---|---|---|---|---|---|"
	for (i = 1; i <= nr; i++) {
		name = names[i]
		printf "| %s | %s | %d | %s |\n", name,
			compared(cost[name, "absent"], cost[name, "loaded"]),
			cost[name, "unloaded"],
			compared(cost[name, "bpf"], cost[name, "bpf-loaded"])
	}
	exit !nr
}
