// SPDX-License-Identifier: GPL-2.0
/* arm64's text: where a function's entry is, and how calls of it look. */
#include <linux/bitops.h>
#include <asm/byteorder.h>

#include "arch.h"

/* Calls go to the entry, an instruction before the ftrace site. */
bool ious_arch_is_entry(unsigned long target, unsigned long site)
{
	return target <= site && site - target <= IOUS_SITE_MAX;
}

/* BL and B: six bits, and a distance in instructions. */
#define IOUS_INSN_MASK		0xfc000000
#define IOUS_INSN_BL		0x94000000
#define IOUS_INSN_B		0x14000000

static bool ious_insn_calls(const __le32 *at, unsigned long site)
{
	u32 insn = le32_to_cpu(*at), kind = insn & IOUS_INSN_MASK;
	long distance = 4L * sign_extend32(insn & ~IOUS_INSN_MASK, 25);

	return (kind == IOUS_INSN_BL || kind == IOUS_INSN_B) &&
	       ious_arch_is_entry((unsigned long)at + distance, site);
}

bool ious_arch_calls(unsigned long caller, unsigned long size,
		     unsigned long site)
{
	unsigned long at;

	for (at = caller; at + sizeof(__le32) <= caller + size;
	     at += sizeof(__le32))
		if (ious_insn_calls((const __le32 *)at, site))
			return true;
	return false;
}
