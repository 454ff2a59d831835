# SPDX-License-Identifier: MIT
# take.fish COMPLETION LINE...: what fish offers at the end of each line.
source $argv[1]
for line in $argv[2..]
	echo "$line |" (complete -C $line | string replace -r '\t.*' '' | sort -u)
end
