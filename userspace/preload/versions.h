/* SPDX-License-Identifier: MIT */
/*
 * The versions that an architecture's glibc gave its first functions, and posix_spawn():
 * programs ask for these, and a drop-in of other versions is passed over. preload.map
 * includes this as well.
 */
#ifndef IOUS_VERSIONS_H
#define IOUS_VERSIONS_H

#if defined(__x86_64__)
#define IOUS_GLIBC_FIRST	GLIBC_2.2.5
/* Programs from before it still get the first one, which calls the shell. */
#define IOUS_GLIBC_SPAWN	GLIBC_2.15
#define IOUS_HAS_OLD_SPAWN
#elif defined(__aarch64__)
#define IOUS_GLIBC_FIRST	GLIBC_2.17
#define IOUS_GLIBC_SPAWN	GLIBC_2.17
#else
#error "which versions has this architecture's glibc? See its posix/Versions and shlib-versions"
#endif

#define IOUS_TEXT_OF(words)	#words
#define IOUS_TEXT(macro)	IOUS_TEXT_OF(macro)

#endif
