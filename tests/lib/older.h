/* SPDX-License-Identifier: GPL-2.0 */
/* A module of an earlier version, as far as programs can tell. */
#ifndef IOUS_OLDER_H
#define IOUS_OLDER_H

/*
 * From now on io_uring_spawn_abi() is at most @abi, in this process and those that it
 * makes: a process outside answers IORING_REGISTER_PROBE, and ends with the last of them.
 */
void older_module(unsigned int abi);

#endif
