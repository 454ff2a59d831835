// SPDX-License-Identifier: GPL-2.0
/* x86-64's text: where a function's entry is, and how calls of it look. */
#include <linux/cache.h>
#include <linux/string.h>
#include <asm/text-patching.h>

#include "arch.h"

/*
 * The ftrace site is at the entry or behind its ENDBR, of 4 bytes. Calls go to either
 * of them or, if the kernel counts the depth of calls, to the 16 bytes of padding
 * before the entry.
 */
#define IOUS_ENTRY_SIZE	(4 + 16)

bool ious_arch_is_entry(unsigned long target, unsigned long site)
{
	return target <= site && site - target <= IOUS_ENTRY_SIZE;
}

/* Calls and jumps of 5 bytes. */
bool ious_arch_calls(unsigned long caller, unsigned long size,
		     unsigned long site)
{
	const u8 *insn = (const u8 *)caller, *end = insn + size;
	s32 distance;

	for (; insn + CALL_INSN_SIZE <= end; insn++) {
		if (*insn != CALL_INSN_OPCODE && *insn != JMP32_INSN_OPCODE)
			continue;
		memcpy(&distance, insn + 1, sizeof(distance));
		if (ious_arch_is_entry((unsigned long)insn + CALL_INSN_SIZE +
				       distance, site))
			return true;
	}
	return false;
}
