// SPDX-License-Identifier: GPL-2.0
#include "broken.h"

#include <elf.h>
#include <fcntl.h>
#include <unistd.h>

#define TINY	"/tests/tiny"

void make_broken(const char *path)
{
	static char image[65536];
	Elf64_Ehdr *header = (void *)image;
	Elf64_Phdr *segment;
	int in = open(TINY, O_RDONLY), out, i;
	ssize_t size = read(in, image, sizeof(image));

	if (size <= (ssize_t)sizeof(*header))
		die(TINY);
	close(in);
	segment = (void *)(image + header->e_phoff);
	for (i = 0; i < header->e_phnum; i++)
		if (segment[i].p_type == PT_LOAD)
			segment[i].p_memsz = segment[i].p_filesz - 1;
	out = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0755);
	if (write(out, image, size) != size)
		die(path);
	close(out);
}
