// SPDX-License-Identifier: GPL-2.0
/*
 * slow_probe STARTED GO: asks for the opcodes with a buffer whose memory is
 * only given when the fifo GO has data, and says "yes" to the fifo STARTED
 * when the kernel waits for it. Exit status 0 if the answer has CLONE in it.
 */
#include "test.h"

#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define OPS	256
/* of all sizes that a page may have */
#define SIZE	65536

static struct io_uring ring;
static struct io_uring_probe *probe;

static void *ask(void *buffer)
{
	return (void *)(long)io_uring_register_probe(&ring, buffer, OPS);
}

static int missing_memory(void)
{
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	probe = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	reg.range.start = (unsigned long)probe;
	reg.range.len = SIZE;
	if (fd < 0 || probe == MAP_FAILED || ioctl(fd, UFFDIO_API, &api) ||
	    ioctl(fd, UFFDIO_REGISTER, &reg))
		die("userfaultfd");
	return fd;
}

int main(int argc, char *argv[])
{
	struct uffdio_zeropage zero = { .range.len = SIZE };
	struct uffd_msg msg;
	pthread_t thread;
	void *ret;
	int fd, go;
	char byte;

	if (argc != 3 || io_uring_queue_init(8, &ring, 0))
		return 1;
	alarm(100);
	fd = missing_memory();
	go = open(argv[2], O_RDWR);
	if (pthread_create(&thread, NULL, ask, probe) ||
	    read(fd, &msg, sizeof(msg)) != sizeof(msg) ||
	    write_string(argv[1], "yes\n") || read(go, &byte, 1) != 1)
		return 1;
	zero.range.start = (unsigned long)probe;
	if (ioctl(fd, UFFDIO_ZEROPAGE, &zero) || pthread_join(thread, &ret) ||
	    ret)
		return 1;
	return !io_uring_opcode_supported(probe, IORING_OP_CLONE);
}
