/* SPDX-License-Identifier: MIT */
/* Programs that show no more than strict POSIX ask for it first. */
#define _POSIX_C_SOURCE 200809L
#define _XOPEN_SOURCE 700
#include <stdio.h>
#include <io_uring_spawn.h>
int main(void)
{
	struct io_uring_sqe sqe;

	io_uring_prep_exec(&sqe, "", NULL, NULL);
	return sqe.fd != -100;
}
