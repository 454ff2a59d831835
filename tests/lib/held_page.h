/* SPDX-License-Identifier: GPL-2.0 */
/* A page that is not there before somebody says what is in it, by userfaultfd. */
#ifndef IOUS_HELD_PAGE_H
#define IOUS_HELD_PAGE_H

#include <stdbool.h>

/* a page, or some: that of arm64 may have 16 KiB */
#define HELD_SIZE	16384

extern char *page;

/* Makes another one; false: there is no userfaultfd. */
bool page_hold(void);
/* Somebody waits for the page, or does so soon. */
bool page_wanted(void);
/* Those who wait go on, with a page that begins with @text. */
bool page_give(const char *text);
/* It is unmapped, and those who wait are woken. */
void page_unmap(void);

#endif
