# SPDX-License-Identifier: MIT
"""asyncio's create_subprocess_exec(), on a queue of the library.

The loop watches the descriptor of the queue: when a program runs, and when it has
ended, is an event there. No thread waits for anything, and neither does the loop
while a process is made.
"""

import asyncio
import ctypes
import errno
import itertools
import os
import subprocess
import weakref
from asyncio import base_subprocess
from asyncio.subprocess import Process, SubprocessStreamProtocol

from . import _library
from ._library import check
from ._popen import (Call, Popen, is_required, not_tried, refuse,
                     unavailable, unsupported)

# A program may put ours in their place.
_asyncio_exec = asyncio.create_subprocess_exec
_asyncio_shell = asyncio.create_subprocess_shell

_LIMIT = 2 ** 16
# Requests of the ring: some chains at once; others wait.
_REQUESTS = 512
_EVENTS = 64
# Seconds, after which something is tried again for which memory was short.
_RETRY = 0.05


class NotTried(Exception):
    """There is no process: an errno, and why."""


class _Queue:
    """A struct ious_queue, and the jobs in it, by number."""

    def __init__(self, loop):
        self.library = _library.library
        self.loop = weakref.ref(loop)
        self.jobs = {}
        self.numbers = itertools.count(1)
        self.events = (_library.Event * _EVENTS)()
        self.pointer = ctypes.c_void_p()
        check(self.library.ious_queue_new(ctypes.byref(self.pointer),
                                          _REQUESTS))
        self.fd = self.library.ious_queue_fd(self.pointer)
        self.watched = False
        self.owner = os.getpid()
        weakref.finalize(loop, self.free)

    # A loop that is closed has no use for it; its programs go on. A forked child
    # has the parent's in its memory, but not the ring.
    def free(self):
        if self.owner != os.getpid():
            return
        self.owner = None
        jobs, self.jobs = self.jobs, {}
        self.library.ious_queue_free(self.pointer)
        for process in jobs.values():
            process.abandoned()

    def add(self, process, plan):
        number = next(self.numbers)
        job = ctypes.c_void_p()
        check(self.library.ious_queue_add(self.pointer, plan.pointer, number,
                                          ctypes.byref(job)))
        process.job = job
        self.jobs[number] = process
        self._watch()
        self._retry_after(self.library.ious_queue_submit(self.pointer))

    def _watch(self):
        if self.jobs and not self.watched:
            self.loop().add_reader(self.fd, self._ready)
        elif self.watched and not self.jobs:
            self.loop().remove_reader(self.fd)
        self.watched = bool(self.jobs)

    def _retry_after(self, result):
        if result in (-errno.EAGAIN, -errno.ENOMEM):
            self.loop().call_later(_RETRY, self._ready)

    def _ready(self):
        nr = self.library.ious_queue_wait(self.pointer, self.events, _EVENTS, 0)
        self._retry_after(nr)
        for event in self.events[:max(nr, 0)]:
            if event.kind == _library.STARTED:
                self.jobs[event.data].started(event.result)
                continue
            process = self.jobs.pop(event.data)
            process.job = None
            if event.kind == _library.FAILED:
                process.started(event.result)
            else:
                process.exited(event.status)
        self._watch()


_queues = weakref.WeakKeyDictionary()


def _queue_of(loop):
    for other in list(_queues):
        # a job that is left holds it, and it would hold the ring
        if other.is_closed():
            _queues.pop(other).free()
    if loop not in _queues or _queues[loop].owner != os.getpid():
        _queues[loop] = _Queue(loop)
    return _queues[loop]


class _Process(Popen):
    """A Popen whose start and end are events of a queue."""

    def __init__(self, loop, *args, **kwargs):
        self._loop = loop
        self._call = None
        self.job = None
        self.transport = None
        self.start = loop.create_future()
        super().__init__(*args, **kwargs)

    def _execute_child(self, *arguments):
        call = Call(arguments)
        call.prepare()
        self._call = call
        try:
            _queue_of(self._loop).add(self, call.plan)
        except OSError as error:
            call.release()
            raise NotTried(error.errno, error.strerror) from None

    # Both outcomes of a chain: @result has an error, or the program runs.
    def started(self, result):
        call, self._call = self._call, None
        self._close_pipe_fds(*call.pipes())
        call.release()
        if not result.error:
            self.pid = result.pid
            self.by_chain = True
            self._child_created = True
            if self.start.cancelled():
                self.kill()
                self.close_files()
        else:
            self.close_files()
        if not self.start.done():
            # the structure is the queue's, and used again
            self.start.set_result((result.error, result.step, call))

    def exited(self, status):
        # -1: somebody else has waited for it
        self.returncode = 255 if status == -1 else \
            os.waitstatus_to_exitcode(status)
        if self.transport is not None:
            self.transport._process_exited(self.returncode)

    def abandoned(self):
        self.job = None
        if self._call is not None:
            self._close_pipe_fds(*self._call.pipes())
            self._call.release()
            self.close_files()

    def close_files(self):
        for file in (self.stdin, self.stdout, self.stderr):
            if file is not None:
                file.close()

    # The queue waits for the process, and nobody else may.
    def _internal_poll(self, *args, **kwargs):
        if self.job is not None or not self._child_created:
            return self.returncode
        return super()._internal_poll(*args, **kwargs)

    def send_signal(self, sig):
        if self.job is None:
            super().send_signal(sig)
            return
        ret = _library.library.ious_job_kill(self.job, sig)
        if ret != -errno.ESRCH:
            check(ret)

    def cancel(self):
        if self.job is not None and \
           _library.library.ious_job_cancel(self.job) == -errno.EALREADY and \
           self.pid is not None:
            self.kill()


class _Transport(base_subprocess.BaseSubprocessTransport):
    def __init__(self, process, loop, protocol, waiter):
        self._process = process
        pipes = [subprocess.PIPE if file else None for file in
                 (process.stdin, process.stdout, process.stderr)]
        super().__init__(loop, protocol, process.args, False, *pipes, 0,
                         waiter=waiter)
        process.transport = self
        if process.returncode is not None:
            self._process_exited(process.returncode)

    def _start(self, *args, **kwargs):
        self._proc = self._process


async def _spawn(loop, args, kwargs):
    why = unsupported(kwargs.get("preexec_fn"))
    if why is not None:
        raise NotTried(errno.ENOTSUP, why)
    process = _Process(loop, args, **kwargs)
    try:
        code, step, call = await process.start
    except asyncio.CancelledError:
        process.cancel()
        raise
    if not code:
        return process
    result = _library.Result(error=code, step=step)
    if not_tried(result):
        raise NotTried(code, unavailable() or os.strerror(code))
    raise call.error(code, step)


async def _connect(loop, process, limit):
    protocol = SubprocessStreamProtocol(limit=limit, loop=loop)
    waiter = loop.create_future()
    transport = _Transport(process, loop, protocol, waiter)
    try:
        await waiter
    except (SystemExit, KeyboardInterrupt):
        raise
    except BaseException:
        transport.close()
        await transport._wait()
        raise
    return Process(transport, protocol, loop)


def _check(kwargs):
    for name in ("universal_newlines", "text", "encoding", "errors"):
        if kwargs.get(name):
            raise ValueError(name + " is not supported, as by asyncio")


async def _create(args, fallback, limit, require, kwargs):
    _check(kwargs)
    loop = asyncio.get_running_loop()
    try:
        process = await _spawn(loop, args, dict(kwargs, bufsize=0))
    except NotTried as reason:
        code, why = reason.args
        if is_required(require):
            refuse(code, why)
    else:
        return await _connect(loop, process, limit)
    kwargs.pop("shell", None)
    return await fallback(limit=limit, **kwargs)


async def create_subprocess_exec(program, *args, limit=_LIMIT, require=None,
                                 **kwargs):
    """asyncio.create_subprocess_exec(), by a chain; for require see Popen."""
    async def fallback(**others):
        return await _asyncio_exec(program, *args, **others)
    return await _create((program,) + args, fallback, limit, require, kwargs)


async def create_subprocess_shell(cmd, *, limit=_LIMIT, require=None, **kwargs):
    """asyncio.create_subprocess_shell(), by a chain; for require see Popen."""
    async def fallback(**others):
        return await _asyncio_shell(cmd, **others)
    return await _create(cmd, fallback, limit, require,
                         dict(kwargs, shell=True))
