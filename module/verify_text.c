// SPDX-License-Identifier: GPL-2.0
/*
 * If the compiler has inlined a function into a caller, or made a copy of it, it can
 * be hooked, but the hook misses calls. Copies have names of their own
 * (foo.isra.0, foo.constprop.0, foo.part.0; foo.cold is a part that is
 * jumped to, not called). The kernel's text shows whether each known caller calls the
 * function; nothing shows unknown callers.
 */
#include <linux/kallsyms.h>
#include <linux/module.h>
#include <linux/string.h>

#include "arch.h"
#include "compat.h"
#include "hooks.h"
#include "ious.h"
#include "request.h"
#include "symbols.h"
#include "verify_btf.h"
#include "verify_text.h"

/* Is @name that of a copy of @function? */
static bool ious_is_copy(const char *name, const char *function)
{
	size_t len = strlen(function);

	return !strncmp(name, function, len) && name[len] == '.' &&
	       strcmp(name + len, ".cold");
}

static int ious_find_copy(IOUS_KALLSYMS_PARAMETERS)
{
	unsigned int i;

	for (i = 0; i < ious_nr_hooks; i++)
		if (ious_is_copy(name, ious_hooks[i].name)) {
			pr_err("refusing this kernel: it has a copy of %s, %s\n",
			       ious_hooks[i].name, name);
			return -ENODEV;
		}
	return 0;
}

static int ious_verify_copies(void)
{
	if (ious_refused("copy"))
		return ious_find_copy(IOUS_KALLSYMS_COPY);
	return ious_call(kallsyms_on_each_symbol)(ious_find_copy, NULL);
}

/*
 * To kallsyms a table ends where the next symbol begins, and there may be something
 * between them: the length is the architecture's.
 */
static bool ious_table_has(const unsigned long *table, unsigned long site)
{
	unsigned int i;

	for (i = 0; table && i < IOUS_SYS_ROWS; i++)
		if (ious_arch_is_entry(table[i], site))
			return true;
	return false;
}

/* Does the function @caller call that of @site? */
static bool ious_calls(unsigned long caller, unsigned long site)
{
	unsigned long size, offset;

	return caller &&
	       ious_call(kallsyms_lookup_size_offset)(caller, &size, &offset) &&
	       ious_arch_calls(caller, size, site);
}

/* @callers has | between the names that a caller may have; its cold part counts. */
static bool ious_one_calls(const char *callers, unsigned long site)
{
	char name[64];
	int len;

	if (IOUS_SYS_ROWS && !strcmp(callers, IOUS_SYS_CALLERS))
		return ious_table_has((void *)ious_symbol_lookup(callers), site);
	for (; *callers; callers += len + (callers[len] == '|')) {
		len = strcspn(callers, "|");
		snprintf(name, sizeof(name), "%.*s", len, callers);
		if (ious_calls(ious_symbol_lookup(name), site))
			return true;
		snprintf(name, sizeof(name), "%.*s.cold", len, callers);
		if (ious_calls(ious_symbol_lookup(name), site))
			return true;
	}
	return false;
}

static int ious_verify_callers(const struct ious_hook *hook)
{
	char key[64];
	unsigned int i;

	snprintf(key, sizeof(key), "call:%s", hook->name);
	for (i = 0; i < ARRAY_SIZE(hook->callers) && hook->callers[i]; i++) {
		if (ious_one_calls(hook->callers[i], hook->addr) &&
		    !ious_refused(key))
			continue;
		pr_err("refusing this kernel: %s does not call %s\n",
		       hook->callers[i], hook->name);
		return -ENODEV;
	}
	return 0;
}

/* Where the core's table of opcodes is, and the type of its rows. */
struct ious_op_table {
	const char *name, *type;
};

/* Linux 6.1 and 6.2 have the second. */
static const struct ious_op_table ious_op_tables[] = {
	{ "io_issue_defs", "io_issue_def" },
	{ "io_op_defs", "io_op_def" },
};

/* The function in @member of our carrier's row; 0: there is none. */
static unsigned long ious_row_function(const struct ious_op_table *table,
				       const char *member)
{
	unsigned long addr = ious_symbol_lookup(table->name);
	int size = ious_btf_size(table->type);
	int offset = ious_btf_member(table->type, member, NULL);

	if (!addr || size <= 0 || offset < 0)
		return 0;
	return *(unsigned long *)(addr + size * IOUS_CARRIER + offset);
}

/* The core calls these by a row of its table. */
static int ious_verify_row(const struct ious_hook *hook)
{
	unsigned long addr = 0;
	unsigned int i;
	char key[64];

	for (i = 0; !addr && i < ARRAY_SIZE(ious_op_tables); i++)
		addr = ious_row_function(&ious_op_tables[i], hook->op_member);
	snprintf(key, sizeof(key), "call:%s", hook->name);
	if (ious_arch_is_entry(addr, hook->addr) && !ious_refused(key))
		return 0;
	pr_err("refusing this kernel: its table of opcodes does not have %s\n",
	       hook->name);
	return -ENODEV;
}

int ious_verify_text(void)
{
	const struct ious_hook *hook;
	int ret = ious_verify_copies();

	for (hook = ious_hooks; !ret && hook < ious_hooks + ious_nr_hooks;
	     hook++)
		ret = hook->op_member ? ious_verify_row(hook) :
					ious_verify_callers(hook);
	return ret;
}
