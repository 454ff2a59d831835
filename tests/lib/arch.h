/* SPDX-License-Identifier: GPL-2.0 */
/* What architectures have different values for, or lack. */
#ifndef ARCH_H
#define ARCH_H

#include <linux/audit.h>
#include <sys/syscall.h>

#ifdef __aarch64__
#define AUDIT_ARCH_NATIVE	AUDIT_ARCH_AARCH64
#else
#define AUDIT_ARCH_NATIVE	AUDIT_ARCH_X86_64
#endif

/* Its fourth argument is 0 in all rows of tests: the same, unless both are the same. */
#ifndef SYS_dup2
#define SYS_dup2		SYS_dup3
#endif

#endif
