// SPDX-License-Identifier: GPL-2.0
/*
 * Looks up the kernel functions of the table in symbols.h, once, at load, with a
 * function that reports every symbol of a name: if there are two, nobody knows which
 * one is the right one. A kprobe finds that function itself.
 */
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/module.h>

#include "compat.h"
#include "ious.h"
#include "symbols.h"

static char *refuse;
module_param(refuse, charp, 0);
MODULE_PARM_DESC(refuse, "a symbol, \"prototype()\", \"struct.field\", enumerator, \"two:symbol\", \"call:function\", \"copy\" or \"btf\" that the module takes for different from its build, \"hook:function\" that ftrace refuses, or \"direct\" to use no own trampoline: for tests");

#define IOUS_DEFINE(name, ret, args, proto)				\
	DEFINE_STATIC_CALL_NULL(ious_##name, ious_fn_##name);
IOUS_SYMBOLS(IOUS_DEFINE)
IOUS_BTF_SYMBOLS(IOUS_DEFINE)
IOUS_ORIGINALS(IOUS_DEFINE)

#define IOUS_ROW(_name, ret, args, _proto) {				\
	.name = #_name,							\
	.proto = _proto,						\
	.key = &STATIC_CALL_KEY(ious_##_name),				\
	.tramp = STATIC_CALL_TRAMP_ADDR(ious_##_name),			\
},
const struct ious_symbol ious_symbols[] = {
	IOUS_SYMBOLS(IOUS_ROW)
};

const unsigned int ious_nr_symbols = ARRAY_SIZE(ious_symbols);

static const struct ious_symbol ious_btf_symbols[] = {
	IOUS_BTF_SYMBOLS(IOUS_ROW)
};

static const struct ious_symbol ious_originals[] = {
	IOUS_ORIGINALS(IOUS_ROW)
};

void *ious_io_req_task_cancel;
void *ious_io_req_task_complete;
void *ious_io_req_rw_complete;
rwlock_t *ious_tasklist_lock;

static const struct {
	const char *name;
	void **addr;
} ious_addresses[] = {
	{ "io_req_task_cancel", &ious_io_req_task_cancel },
	{ "io_req_task_complete", &ious_io_req_task_complete },
	{ "io_req_rw_complete", &ious_io_req_rw_complete },
	{ "tasklist_lock", (void **)&ious_tasklist_lock },
};

/* The two forms of io-wq's put; a kernel has one of them. */
typedef bool ious_fn_io_wq_put_work(struct io_wq_work *,
				    struct io_wq_work **);
typedef void ious_fn_io_wq_free_work(struct io_wq_work *);
typedef struct io_wq_work *ious_fn_io_wq_free_work_next(struct io_wq_work *);
DEFINE_STATIC_CALL_NULL(ious_io_wq_put_work, ious_fn_io_wq_put_work);
DEFINE_STATIC_CALL_NULL(ious_io_wq_free_work, ious_fn_io_wq_free_work);
DEFINE_STATIC_CALL_NULL(ious_io_wq_free_work_next,
			ious_fn_io_wq_free_work_next);
static bool ious_has_put_work;

struct io_wq_work *ious_put_work(struct io_wq_work *work)
{
	struct io_wq_work *linked;

	if (!ious_has_put_work)
		return ious_call(io_wq_free_work_next)(work);
	if (!ious_call(io_wq_put_work)(work, &linked))
		return NULL;
	ious_call(io_wq_free_work)(work);
	return linked;
}

typedef void ious_fn_req_add_work(struct io_kiocb *, unsigned int);
DEFINE_STATIC_CALL_NULL(ious_req_add_work, ious_fn_req_add_work);
static const char *ious_work_adder;

const char *ious_add_work_name(void)
{
	return ious_work_adder;
}

void ious_forget_add_work(void)
{
	ious_work_adder = NULL;
}

void ious_add_work(struct io_kiocb *req, unsigned int flags)
{
	ious_call(req_add_work)(req, flags);
}

/*
 * A kprobe's address is behind a possible ENDBR: fine for a direct call, a
 * fault for an indirect one on kernels with IBT.
 */
typedef int ious_fn_kallsyms(int (*fn)(void *, unsigned long), const char *,
			     void *);
DEFINE_STATIC_CALL_NULL(ious_kallsyms, ious_fn_kallsyms);

struct ious_match {
	unsigned long addr;
	unsigned int nr;
};

bool ious_refused(const char *name)
{
	return refuse && !strcmp(refuse, name);
}

static int ious_note_match(void *data, unsigned long addr)
{
	struct ious_match *match = data;

	match->addr = addr;
	match->nr++;
	return 0;
}

static struct ious_match ious_symbol_match(const char *name)
{
	struct ious_match match = { };
	char key[64];

	if (ious_refused(name))
		return match;
	static_call(ious_kallsyms)(ious_note_match, name, &match);
	snprintf(key, sizeof(key), "two:%s", name);
	if (ious_refused(key))
		match.nr++;
	return match;
}

unsigned long ious_symbol_lookup(const char *name)
{
	struct ious_match match = ious_symbol_match(name);

	return match.nr == 1 ? match.addr : 0;
}

int ious_symbol_find(const char *name, unsigned long *addr)
{
	struct ious_match match = ious_symbol_match(name);

	*addr = match.addr;
	if (match.nr == 1)
		return 0;
	if (match.nr)
		pr_err("refusing this kernel: it has %u symbols %s\n",
		       match.nr, name);
	else
		pr_err("refusing this kernel: it has no symbol %s\n", name);
	return -ENODEV;
}

static int ious_find_kallsyms(void)
{
	struct kprobe kp = { .symbol_name = "kallsyms_on_each_match_symbol" };
	int ret = register_kprobe(&kp);

	if (ret) {
		pr_err("no kprobe on %s: %d\n", kp.symbol_name, ret);
		return -ENODEV;
	}
	static_call_update(ious_kallsyms, (ious_fn_kallsyms *)kp.addr);
	unregister_kprobe(&kp);
	return 0;
}

static int ious_find_put_work(void)
{
	unsigned long put = ious_symbol_lookup("io_wq_put_work"), addr;
	int ret = ious_symbol_find("io_wq_free_work", &addr);

	if (ret)
		return ret;
	ious_has_put_work = put;
	if (put) {
		static_call_update(ious_io_wq_put_work,
				   (ious_fn_io_wq_put_work *)put);
		static_call_update(ious_io_wq_free_work,
				   (ious_fn_io_wq_free_work *)addr);
	} else {
		static_call_update(ious_io_wq_free_work_next,
				   (ious_fn_io_wq_free_work_next *)addr);
	}
	return 0;
}

/* Without it, the core completes everything. */
static void ious_find_add_work(void)
{
	static const char * const names[] = {
		"__io_req_task_work_add",
		"io_req_local_work_add",
	};
	unsigned long addr = 0;
	unsigned int i;

	for (i = 0; IOUS_LAZY_WAKE && !addr && i < ARRAY_SIZE(names); i++) {
		addr = ious_symbol_lookup(names[i]);
		if (addr)
			ious_work_adder = names[i];
	}
	if (addr)
		static_call_update(ious_req_add_work,
				   (ious_fn_req_add_work *)addr);
}

static void ious_symbol_set(const struct ious_symbol *sym, unsigned long addr)
{
	__static_call_update(sym->key, sym->tramp, (void *)addr);
}

bool ious_btf_symbols_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ious_btf_symbols); i++) {
		const struct ious_symbol *sym = &ious_btf_symbols[i];
		unsigned long addr = ious_symbol_lookup(sym->name);

		if (!addr)
			return false;
		ious_symbol_set(sym, addr);
	}
	return true;
}

int ious_symbols_init(void)
{
	unsigned long addr;
	unsigned int i;
	int ret = ious_find_kallsyms();

	for (i = 0; !ret && i < ious_nr_symbols; i++) {
		ret = ious_symbol_find(ious_symbols[i].name, &addr);
		if (!ret)
			ious_symbol_set(&ious_symbols[i], addr);
	}
	if (!ret)
		ret = ious_find_put_work();
	if (!ret)
		ious_find_add_work();
	for (i = 0; !ret && i < ARRAY_SIZE(ious_addresses); i++) {
		ret = ious_symbol_find(ious_addresses[i].name, &addr);
		if (!ret)
			*ious_addresses[i].addr = (void *)addr;
	}
	return ret;
}

void ious_set_original(unsigned int index, unsigned long addr)
{
	ious_symbol_set(&ious_originals[index], addr);
}
