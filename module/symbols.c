// SPDX-License-Identifier: GPL-2.0
/*
 * Looks up the kernel functions of the table in symbols.h, once, at load.
 * kallsyms_lookup_name() itself is found by placing a kprobe on it.
 */
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/module.h>

#include "compat.h"
#include "ious.h"
#include "symbols.h"

static char *refuse;
module_param(refuse, charp, 0);
MODULE_PARM_DESC(refuse, "a symbol, \"prototype()\" or \"struct.field\" to take for different from what the module was built for, \"direct\", to do without a trampoline of its own, or \"hook:function\", not to be let: for tests");

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
	IOUS_BTF_SYMBOLS(IOUS_ROW)
};

const unsigned int ious_nr_symbols = ARRAY_SIZE(ious_symbols);

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

/* The two shapes of io-wq's put, only one of which is ever set. */
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

/*
 * A kprobe's address is behind a possible ENDBR: fine for a direct call, a
 * fault for an indirect one on kernels with IBT.
 */
typedef unsigned long ious_fn_kallsyms(const char *);
DEFINE_STATIC_CALL_NULL(ious_kallsyms, ious_fn_kallsyms);

bool ious_refused(const char *name)
{
	return refuse && !strcmp(refuse, name);
}

unsigned long ious_symbol_lookup(const char *name)
{
	return ious_refused(name) ? 0 : static_call(ious_kallsyms)(name);
}

static int ious_find_kallsyms(void)
{
	struct kprobe kp = { .symbol_name = "kallsyms_lookup_name" };
	int ret = register_kprobe(&kp);

	if (ret) {
		pr_err("no kprobe on kallsyms_lookup_name: %d\n", ret);
		return -ENODEV;
	}
	static_call_update(ious_kallsyms, (ious_fn_kallsyms *)kp.addr);
	unregister_kprobe(&kp);
	return 0;
}

static int ious_find(const char *name, unsigned long *addr)
{
	*addr = ious_symbol_lookup(name);
	if (*addr)
		return 0;
	pr_err("refusing this kernel: it has no symbol %s\n", name);
	return -ENODEV;
}

static int ious_find_put_work(void)
{
	unsigned long put = ious_symbol_lookup("io_wq_put_work"), addr;
	int ret = ious_find("io_wq_free_work", &addr);

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

int ious_symbols_init(void)
{
	unsigned long addr;
	unsigned int i;
	int ret = ious_find_kallsyms();

	for (i = 0; !ret && i < ious_nr_symbols; i++) {
		const struct ious_symbol *sym = &ious_symbols[i];

		ret = ious_find(sym->name, &addr);
		if (!ret)
			__static_call_update(sym->key, sym->tramp,
					     (void *)addr);
	}
	if (!ret)
		ret = ious_find_put_work();
	for (i = 0; !ret && i < ARRAY_SIZE(ious_addresses); i++) {
		ret = ious_find(ious_addresses[i].name, &addr);
		if (!ret)
			*ious_addresses[i].addr = (void *)addr;
	}
	return ret;
}

void ious_set_original(unsigned int index, unsigned long addr)
{
	const struct ious_symbol *sym = &ious_originals[index];

	__static_call_update(sym->key, sym->tramp, (void *)addr);
}
