// SPDX-License-Identifier: GPL-2.0
/* The count of tasks in our code, see ious.h. */
#include "ious.h"

atomic_t ious_busy;
