# SPDX-License-Identifier: MIT
"""libio_uring_spawn.so.0 by ctypes: what this package uses of <ious.h>."""

import ctypes
import os
from ctypes import POINTER, Structure, c_char_p, c_int, c_size_t, c_uint, c_void_p

STEP_NONE = -1
STEP_CLONE = -2
STEP_EXEC = -3

STARTED = 1
FAILED = 2
EXITED = 3


class Result(Structure):
    _fields_ = [("error", c_int), ("step", c_int), ("pid", c_int),
                ("pidfd", c_int), ("reserved", c_int * 4)]


class Event(Structure):
    _fields_ = [("kind", c_int), ("status", c_int), ("data", c_void_p),
                ("job", c_void_p), ("result", Result),
                ("output", c_void_p), ("size", c_size_t)]


_STRINGS = POINTER(c_char_p)
# Name, type of what it returns, types of its arguments.
_FUNCTIONS = (
    ("ious_available", c_int),
    ("ious_available_text", c_char_p, c_int),
    ("ious_plan_new", c_int, POINTER(c_void_p)),
    ("ious_plan_free", None, c_void_p),
    ("ious_plan_path", c_int, c_void_p, c_char_p),
    ("ious_plan_file", c_int, c_void_p, c_char_p, c_char_p),
    ("ious_plan_argv", c_int, c_void_p, _STRINGS),
    ("ious_plan_envp", c_int, c_void_p, _STRINGS),
    ("ious_plan_dup2", c_int, c_void_p, c_int, c_int),
    ("ious_plan_keep", c_int, c_void_p, c_int, POINTER(c_int)),
    ("ious_plan_chdir", c_int, c_void_p, c_char_p),
    ("ious_plan_umask", c_int, c_void_p, c_uint),
    ("ious_plan_setsid", c_int, c_void_p),
    ("ious_plan_setpgid", c_int, c_void_p, c_int),
    ("ious_plan_sigdefault", c_int, c_void_p, c_void_p),
    ("ious_plan_user", c_int, c_void_p, c_uint, c_uint, c_int, POINTER(c_uint)),
    ("ious_plan_requests", c_int, c_void_p),
    ("ious_spawn", c_int, c_void_p, POINTER(Result)),
    ("ious_queue_new", c_int, POINTER(c_void_p), c_uint),
    ("ious_queue_free", None, c_void_p),
    ("ious_queue_fd", c_int, c_void_p),
    ("ious_queue_add", c_int, c_void_p, c_void_p, c_void_p, POINTER(c_void_p)),
    ("ious_queue_submit", c_int, c_void_p),
    ("ious_queue_wait", c_int, c_void_p, POINTER(Event), c_uint, c_int),
    ("ious_job_cancel", c_int, c_void_p),
    ("ious_job_kill", c_int, c_void_p, c_int),
)


def _load():
    library = ctypes.CDLL("libio_uring_spawn.so.0")
    for name, result, *arguments in _FUNCTIONS:
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
    return library


# None, and then the reason: there is no such library, or it lacks a function.
reason = None
try:
    library = _load()
except (OSError, AttributeError) as error:
    library = None
    reason = str(error)


def check(result):
    """The result of a function of the library, or its errno as an exception."""
    if result < 0:
        raise OSError(-result, os.strerror(-result))
    return result


def encode(text):
    """As bytes for the library, to which a null byte would be the end."""
    data = os.fsencode(text)
    if b"\0" in data:
        raise ValueError("embedded null byte")
    return data


def _strings(items):
    return (c_char_p * (len(items) + 1))(*items, None)


class Plan:
    """A struct ious_plan. The library copies all that it is given."""

    def __init__(self):
        self.pointer = None
        pointer = c_void_p()
        check(library.ious_plan_new(ctypes.byref(pointer)))
        self.pointer = pointer

    def free(self):
        if self.pointer is not None:
            library.ious_plan_free(self.pointer)
            self.pointer = None

    __del__ = free

    def _add(self, what, *arguments):
        function = getattr(library, "ious_plan_" + what)
        return check(function(self.pointer, *arguments))

    def path(self, path):
        self._add("path", path)

    def file(self, file, search):
        self._add("file", file, search)

    def argv(self, items):
        self._add("argv", _strings(items))

    def envp(self, items):
        self._add("envp", _strings(items))

    def dup2(self, old, new):
        return self._add("dup2", old, new)

    def keep(self, fds):
        """Of the descriptors from 3 on, the program gets @fds only."""
        self._add("keep", len(fds), (c_int * max(len(fds), 1))(*fds))

    def chdir(self, path):
        return self._add("chdir", path)

    def umask(self, mask):
        self._add("umask", mask)

    def setsid(self):
        self._add("setsid")

    def setpgid(self, group):
        self._add("setpgid", group)

    def sigdefault(self, signals):
        # a sigset_t of x86-64: 1024 bits
        bits = sum(1 << (number - 1) for number in signals)
        self._add("sigdefault", bits.to_bytes(128, "little"))

    def user(self, uid, gid, groups):
        """None leaves it as it is."""
        nr = -1 if groups is None else len(groups)
        self._add("user", _number(uid), _number(gid), nr,
                  (c_uint * max(nr, 1))(*groups or ()))

    def requests(self):
        return library.ious_plan_requests(self.pointer)

    def spawn(self):
        """What became of it, with an error but no exception if it failed."""
        result = Result()
        ret = library.ious_spawn(self.pointer, ctypes.byref(result))
        if ret and not result.error:
            result.error = -ret
        return result


def _number(number):
    return 0xffffffff if number is None else number
