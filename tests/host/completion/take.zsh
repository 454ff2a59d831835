# SPDX-License-Identifier: MIT
# take.zsh COMPLETION LINE...: what zsh offers at the end of each line. It completes in
# its line editor only, which needs a terminal; a function in the place of compadd sees
# what is offered.
zmodload zsh/zpty
export TAKEN=$(mktemp -d)
cp $1 $TAKEN/_io_uring_spawn
shift
zpty shell zsh -f -i
zpty -w shell 'PS1=; unsetopt zle_bracketed_paste; fpath=($TAKEN $fpath)
autoload -Uz compinit; compinit -D -u
compadd() {
	typeset -a taken
	if [[ ${@[1,(i)(-|--)]} != *-[OAD]\ * ]]; then
		builtin compadd -A taken "$@"
		printf "$IPREFIX%s\n" $taken >>$TAKEN/all
	fi
	builtin compadd "$@"
}
take() { _main_complete; compstate[insert]= compstate[list]=; print over""now; }
zle -C take complete-word take
bindkey "^I" take
print ready""now'
zpty -r shell said '*readynow*'
for line; do
	: >$TAKEN/all
	zpty -w -n shell $'\C-u'$line$'\t'
	zpty -r shell said '*overnow*'
	print -r -- "$line |" $(sort -u $TAKEN/all)
done
zpty -d shell
rm -r $TAKEN
