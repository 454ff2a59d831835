// SPDX-License-Identifier: GPL-2.0
/* Who is in our code, see ious.h. */
#include "ious.h"

atomic_t ious_busy;
