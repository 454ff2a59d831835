// SPDX-License-Identifier: GPL-2.0
/* The tracepoints' own code: trace.h makes it here. */
#include "ious.h"

#define CREATE_TRACE_POINTS
#include "trace.h"
