// SPDX-License-Identifier: GPL-2.0
/* The tracepoints' own code, which trace.h makes where it is asked to. */
#include "ious.h"

#define CREATE_TRACE_POINTS
#include "trace.h"
