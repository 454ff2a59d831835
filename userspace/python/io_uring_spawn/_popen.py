# SPDX-License-Identifier: MIT
"""Popen: subprocess.Popen, whose processes are started by chains."""

import errno
import fcntl
import inspect
import os
import signal
import subprocess
import sys
import types

from . import _library
from ._library import Plan, encode

# What subprocess.Popen hands to _execute_child(), in CPython 3.11 to 3.14. That is
# no public interface: if it is another one, nothing is started by chains.
_ARGUMENTS = """
    args executable preexec_fn close_fds pass_fds cwd env startupinfo creationflags
    shell p2cread p2cwrite c2pread c2pwrite errread errwrite restore_signals
    gid gids uid umask start_new_session process_group""".split()
_PIPES = "p2cread p2cwrite c2pread c2pwrite errread errwrite".split()


# A program may put ours in the place of subprocess' later.
_same_arguments = list(inspect.signature(
    subprocess.Popen._execute_child).parameters)[1:] == _ARGUMENTS


def unavailable():
    """Why nothing can be started by chains, or None."""
    if not _same_arguments:
        return "this version of subprocess is not known"
    if _library.library is None:
        return _library.reason
    answer = _library.library.ious_available()
    if answer:
        return _library.library.ious_available_text(answer).decode()
    return None


def _environment_says(word):
    return word in os.environ.get("IO_URING_SPAWN", "").split(",")


def is_required(require):
    """As the argument says, else as IO_URING_SPAWN=require in the environment."""
    return _environment_says("require") if require is None else bool(require)


def unsupported(preexec_fn):
    """A reason that is known before anything is tried, or None."""
    if _environment_says("off"):
        return "IO_URING_SPAWN=off"
    if preexec_fn is not None:
        return "preexec_fn runs Python in the child"
    if not _same_arguments:
        return "this version of subprocess is not known"
    return _library.reason


# What no process can have; ctypes would take the lower half of it, 0 for instance.
def _check_ids(ids, error):
    for number in ids:
        if number is not None and not 0 <= number < 2 ** 32 - 1:
            raise error("no user or group has the number %d" % number)


def refuse(code, why):
    raise OSError(code, "cannot start it by a chain: " + why)


class Call:
    """What was asked for, as a plan, and the descriptors that the plan needs."""

    def __init__(self, arguments):
        self.__dict__.update(zip(_ARGUMENTS, arguments))
        self.copies = []
        self.chdir_step = None
        self.plan = None

    def argv(self):
        if isinstance(self.args, (str, bytes)):
            args = [self.args]
        elif isinstance(self.args, os.PathLike):
            if self.shell:
                raise TypeError("path-like args is not allowed when "
                                "shell is true")
            args = [self.args]
        else:
            args = list(self.args)
        if self.shell:
            args = [self.executable or "/bin/sh", "-c"] + args
        return args

    def prepare(self):
        """Makes the plan; raises what subprocess raises for wrong arguments."""
        args = self.argv()
        _check_ids([self.uid, self.gid], OverflowError)
        _check_ids(self.gids or [], ValueError)
        if self.executable is None:
            self.executable = args[0]
        sys.audit("subprocess.Popen", self.executable, args, self.cwd, self.env)
        self.plan = Plan()
        try:
            self.plan.argv([encode(arg) for arg in args])
            self._environment()
            self._steps()
            self._program()
        except BaseException:
            self.release()
            raise

    def _environment(self):
        if self.env is None:
            return
        items = []
        for name, value in self.env.items():
            name = encode(name)
            if b"=" in name:
                raise ValueError("illegal environment variable name")
            items.append(name + b"=" + encode(value))
        self.plan.envp(items)

    def _program(self):
        program = encode(self.executable)
        if not program:
            # as of a directory of $PATH, which is what subprocess executes
            raise self.error(errno.EACCES, _library.STEP_EXEC)
        try:
            if os.path.dirname(program):
                self.plan.path(program)
            else:
                search = b":".join(os.fsencode(directory) for directory
                                   in os.get_exec_path(self.env))
                self.plan.file(program, search)
        except OSError as error:
            raise self.error(error.errno, _library.STEP_EXEC) from None

    # In the order of CPython's child_exec().
    def _steps(self):
        self._pass()
        self._standard()
        if self.cwd is not None:
            self.chdir_step = self.plan.chdir(encode(self.cwd))
        if self.umask >= 0:
            self.plan.umask(self.umask)
        if self.restore_signals:
            self.plan.sigdefault([signal.SIGPIPE, signal.SIGXFSZ])
        if self.start_new_session:
            self.plan.setsid()
        if self.process_group >= 0:
            self.plan.setpgid(self.process_group)
        if (self.uid, self.gid, self.gids) != (None, None, None):
            self.plan.user(self.uid, self.gid, self.gids)

    def _copy(self, fd):
        self.copies.append(fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3))
        return self.copies[-1]

    def _pass(self):
        kept = sorted({int(fd) for fd in self.pass_fds})
        if kept and kept[0] < 0:
            raise ValueError("bad value(s) in fds_to_keep")
        if self.close_fds:
            self.plan.keep(kept)
            return
        for fd in kept:
            self.plan.dup2(fd, fd)

    def _standard(self):
        for new, fd in enumerate((self.p2cread, self.c2pwrite, self.errwrite)):
            if fd == -1:
                continue
            # a number that an earlier one of the three overwrites, or may
            if fd < new:
                fd = self._copy(fd)
            self.plan.dup2(fd, new)

    def error(self, code, step):
        """The exception of subprocess for a step that failed."""
        name = None
        if step == _library.STEP_EXEC:
            name = self.executable
        elif step == self.chdir_step:
            name = self.cwd
        if name is None:
            return OSError(code, os.strerror(code))
        return OSError(code, os.strerror(code), name)

    def pipes(self):
        return [getattr(self, name) for name in _PIPES]

    def release(self):
        """What the plan needed, once the program runs or will not."""
        for fd in self.copies:
            os.close(fd)
        self.copies.clear()
        if self.plan is not None:
            self.plan.free()


def not_tried(result):
    """No process has been made. subprocess may be able to, or says why not."""
    return result.error and result.step in (_library.STEP_NONE,
                                            _library.STEP_CLONE)


class Popen(subprocess.Popen):
    """subprocess.Popen; the process is made by a chain of io_uring_spawn.

    Where that cannot be done, subprocess does it: without the module, with
    preexec_fn, and with IO_URING_SPAWN=off in the environment. With require=True,
    or IO_URING_SPAWN=require in the environment, that is an OSError instead.

    by_chain tells which of both it was.
    """

    by_chain = False

    def __init__(self, *args, require=None, **kwargs):
        self._require = is_required(require)
        super().__init__(*args, **kwargs)

    def _execute_child(self, *arguments):
        call = Call(arguments)
        why, code = unsupported(call.preexec_fn), errno.ENOTSUP
        if why is None:
            call.prepare()
            try:
                result = call.plan.spawn()
            finally:
                call.release()
            if not not_tried(result):
                self._done(call, result)
                return
            code = result.error
            why = unavailable() or os.strerror(code)
        if self._require:
            refuse(code, why)
        super()._execute_child(*arguments)

    def _done(self, call, result):
        if not result.error:
            self.pid = result.pid
            self.by_chain = True
            self._child_created = True
        self._close_pipe_fds(*call.pipes())
        if result.error:
            raise call.error(result.error, result.step)


def _over_popen(*names):
    """Functions of subprocess, that find Popen, and each other, here."""
    scope = dict(vars(subprocess), Popen=Popen)
    for name in names:
        function = getattr(subprocess, name)
        scope[name] = types.FunctionType(function.__code__, scope, name,
                                         function.__defaults__,
                                         function.__closure__)
        scope[name].__kwdefaults__ = function.__kwdefaults__
        scope[name].__doc__ = function.__doc__
    return [scope[name] for name in names]


run, call, check_call, check_output, getoutput, getstatusoutput = _over_popen(
    "run", "call", "check_call", "check_output", "getoutput", "getstatusoutput")
