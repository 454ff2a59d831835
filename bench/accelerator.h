/* SPDX-License-Identifier: GPL-2.0 */
/* What executes the instructions that are counted or timed, if the machine tells. */
#ifndef ACCELERATOR_H
#define ACCELERATOR_H

#ifdef __x86_64__
#include <cpuid.h>
#include <string.h>

static const char *accelerator(void)
{
	unsigned int eax, name[3];

	__cpuid(1, eax, name[0], name[1], name[2]);
	if (!(name[1] >> 31))
		return "none: a real machine";
	__cpuid(0x40000000, eax, name[0], name[1], name[2]);
	if (!memcmp(name, "TCGTCGTCGTCG", 12))
		return "TCG, which emulates";
	return memcmp(name, "KVMKVMKVM", 9) ? "unknown" : "KVM";
}
#else
static const char *accelerator(void)
{
	return "not told";
}
#endif

#endif
