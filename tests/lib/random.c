// SPDX-License-Identifier: GPL-2.0
#include "random.h"

#include <stdint.h>
#include <sys/random.h>

#include "test.h"

static uint64_t state;

void random_begin(void)
{
	const char *seed = getenv("IOUS_SEED");
	uint32_t value = 0;

	if (seed && *seed)
		value = strtoul(seed, NULL, 0);
	else if (getrandom(&value, sizeof(value), 0) != sizeof(value))
		die("getrandom");
	note("a random order; IOUS_SEED=%u repeats it", value);
	state = value;
}

/* splitmix64, which any C library has the same */
unsigned int random_below(unsigned int nr)
{
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (z ^ z >> 31) % nr;
}
