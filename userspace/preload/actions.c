// SPDX-License-Identifier: MIT
/*
 * File actions cannot be read back, so what is added is noted as well: in a
 * shadow, which the words that the object has to spare point to. An object that
 * was initialised, or added to, by somebody else has no shadow, or one that does
 * not count as many actions as the object itself: what it says is not known.
 */
#include "actions.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libc.h"

/* "iou-actn" */
#define MAGIC	0x6e746361756f6921ull

struct shadow {
	unsigned int nr, room;
	struct ious_action actions[];
};

/* In posix_spawn_file_actions_t.__pad, which libc zeroes and leaves alone. */
struct mark {
	uint64_t magic;
	struct shadow *shadow;
};

_Static_assert(sizeof(struct mark) <=
	       sizeof(((posix_spawn_file_actions_t *)0)->__pad),
	       "no room for a pointer in libc's object");

static struct mark mark(const posix_spawn_file_actions_t *object)
{
	struct mark mark;

	memcpy(&mark, object->__pad, sizeof(mark));
	if (mark.magic != MAGIC)
		mark.shadow = NULL;
	return mark;
}

static void set_shadow(posix_spawn_file_actions_t *object,
		       struct shadow *shadow)
{
	struct mark mark = {
		.magic = shadow ? MAGIC : 0, .shadow = shadow,
	};

	memcpy(object->__pad, &mark, sizeof(mark));
}

bool ious_actions_of(const posix_spawn_file_actions_t *object,
		     const struct ious_action **actions, unsigned int *nr)
{
	const struct shadow *shadow;

	*nr = 0;
	if (!ious_is_glibc())
		return false;
	if (!object || !object->__used)
		return true;
	shadow = mark(object).shadow;
	if (!shadow || shadow->nr != (unsigned int)object->__used)
		return false;
	*actions = shadow->actions;
	*nr = shadow->nr;
	return true;
}

static struct shadow *grow_shadow(posix_spawn_file_actions_t *object)
{
	struct shadow *shadow = mark(object).shadow, *larger;
	unsigned int room = shadow ? 2 * shadow->room : 8;

	if (shadow && shadow->nr < shadow->room)
		return shadow;
	larger = realloc(shadow,
			 sizeof(*larger) + room * sizeof(larger->actions[0]));
	if (!larger)
		return NULL;
	if (!shadow)
		larger->nr = 0;
	larger->room = room;
	set_shadow(object, larger);
	return larger;
}

/*
 * After libc has added its own. Without memory the counts differ from now on, and
 * libc does it: that is no reason to fail.
 */
static void note_action(posix_spawn_file_actions_t *object,
			const struct ious_action *action)
{
	struct shadow *shadow = mark(object).shadow;
	struct ious_action copy = *action;
	int err = errno;

	if (!ious_is_glibc() || object->__used != (int)(shadow ? shadow->nr : 0) + 1)
		goto out;
	if (copy.path) {
		copy.path = strdup(copy.path);
		if (!copy.path)
			goto out;
	}
	shadow = grow_shadow(object);
	if (shadow)
		shadow->actions[shadow->nr++] = copy;
	else
		free(copy.path);
out:
	errno = err;
}

static void free_shadow(posix_spawn_file_actions_t *object)
{
	struct shadow *shadow = ious_is_glibc() ? mark(object).shadow : NULL;
	unsigned int i;

	if (!shadow)
		return;
	for (i = 0; i < shadow->nr; i++)
		free(shadow->actions[i].path);
	free(shadow);
	set_shadow(object, NULL);
}

IOUS_PUBLIC int
posix_spawn_file_actions_init(posix_spawn_file_actions_t *object)
{
	int ret = ious_libc()->init(object);

	if (!ret && ious_is_glibc())
		set_shadow(object, NULL);
	return ret;
}

IOUS_PUBLIC int
posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *object)
{
	free_shadow(object);
	return ious_libc()->destroy(object);
}

IOUS_PUBLIC int
posix_spawn_file_actions_addopen(posix_spawn_file_actions_t *object, int fd,
				 const char *path, int oflag, mode_t mode)
{
	const struct ious_action action = {
		.kind = IOUS_ACTION_OPEN, .fd = fd, .path = (char *)path,
		.oflag = oflag, .mode = mode,
	};
	int ret = ious_libc()->addopen(object, fd, path, oflag, mode);

	if (!ret)
		note_action(object, &action);
	return ret;
}

IOUS_PUBLIC int
posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *object, int fd,
				 int newfd)
{
	const struct ious_action action = {
		.kind = IOUS_ACTION_DUP2, .fd = fd, .newfd = newfd,
	};
	int ret = ious_libc()->adddup2(object, fd, newfd);

	if (!ret)
		note_action(object, &action);
	return ret;
}

/* Those that take a descriptor, and those that take a path, and no more. */
static int add_fd_action(ious_fn_fd *libc, enum ious_action_kind kind,
			 posix_spawn_file_actions_t *object, int fd)
{
	const struct ious_action action = { .kind = kind, .fd = fd };
	int ret = libc ? libc(object, fd) : ENOSYS;

	if (!ret)
		note_action(object, &action);
	return ret;
}

static int add_path_action(ious_fn_path *libc, enum ious_action_kind kind,
			   posix_spawn_file_actions_t *object, const char *path)
{
	const struct ious_action action = { .kind = kind, .path = (char *)path };
	int ret = libc ? libc(object, path) : ENOSYS;

	if (!ret)
		note_action(object, &action);
	return ret;
}

#define DEFINE_ADD_FD(name, member, kind)				\
IOUS_PUBLIC int name(posix_spawn_file_actions_t *object, int fd)	\
{									\
	return add_fd_action(ious_libc()->member, kind, object, fd);	\
}

#define DEFINE_ADD_PATH(name, member, kind)				\
IOUS_PUBLIC int name(posix_spawn_file_actions_t *object,		\
		     const char *path)					\
{									\
	return add_path_action(ious_libc()->member, kind, object, path);	\
}

DEFINE_ADD_FD(posix_spawn_file_actions_addclose, addclose, IOUS_ACTION_CLOSE)
DEFINE_ADD_FD(posix_spawn_file_actions_addclosefrom_np, addclosefrom,
	      IOUS_ACTION_CLOSEFROM)
DEFINE_ADD_FD(posix_spawn_file_actions_addtcsetpgrp_np, addtcsetpgrp,
	      IOUS_ACTION_TCSETPGRP)
DEFINE_ADD_FD(posix_spawn_file_actions_addfchdir_np, addfchdir,
	      IOUS_ACTION_FCHDIR)
DEFINE_ADD_PATH(posix_spawn_file_actions_addchdir_np, addchdir,
		IOUS_ACTION_CHDIR)

/* POSIX.1-2024 has the two without _np. In no version: libc has none of them yet. */
IOUS_PUBLIC int posix_spawn_file_actions_addfchdir(posix_spawn_file_actions_t *,
						   int);
IOUS_PUBLIC int posix_spawn_file_actions_addchdir(posix_spawn_file_actions_t *,
						  const char *);
DEFINE_ADD_FD(posix_spawn_file_actions_addfchdir, addfchdir, IOUS_ACTION_FCHDIR)
DEFINE_ADD_PATH(posix_spawn_file_actions_addchdir, addchdir, IOUS_ACTION_CHDIR)
