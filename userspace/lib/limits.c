// SPDX-License-Identifier: MIT
#include "limits.h"

#include <string.h>
#include <strings.h>
#include <sys/resource.h>

static const char *const names[RLIM_NLIMITS] = {
	[RLIMIT_AS] = "as",		[RLIMIT_CORE] = "core",
	[RLIMIT_CPU] = "cpu",		[RLIMIT_DATA] = "data",
	[RLIMIT_FSIZE] = "fsize",	[RLIMIT_LOCKS] = "locks",
	[RLIMIT_MEMLOCK] = "memlock",	[RLIMIT_MSGQUEUE] = "msgqueue",
	[RLIMIT_NICE] = "nice",		[RLIMIT_NOFILE] = "nofile",
	[RLIMIT_NPROC] = "nproc",	[RLIMIT_RSS] = "rss",
	[RLIMIT_RTPRIO] = "rtprio",	[RLIMIT_RTTIME] = "rttime",
	[RLIMIT_SIGPENDING] = "sigpending",
	[RLIMIT_STACK] = "stack",
};

const char *ious_limit_name(int resource)
{
	return resource >= 0 && resource < RLIM_NLIMITS ? names[resource] : "?";
}

int ious_limit_find(const char *name, size_t length)
{
	int i;

	for (i = 0; i < RLIM_NLIMITS; i++)
		if (strlen(names[i]) == length &&
		    !strncasecmp(name, names[i], length))
			return i;
	return -1;
}
