# SPDX-License-Identifier: MIT
# take.fish COMPLETION LINE...: what fish offers at the end of each line. That it also
# offers what only resembles the word, as version 4 does, is left out.
source $argv[1]
for line in $argv[2..]
	set word (string split ' ' -- $line)[-1]
	echo "$line |" (complete -C $line | string replace -r '\t.*' '' |
		string match -- "$word*" | sort -u)
end
