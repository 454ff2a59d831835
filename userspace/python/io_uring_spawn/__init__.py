# SPDX-License-Identifier: MIT
"""Start processes by chains of io_uring_spawn.

Popen, run(), check_output() and others are those of subprocess, with the same
arguments, results and exceptions. create_subprocess_exec() and
create_subprocess_shell() are those of asyncio, and keep the event loop running
while the process is made. See docs/python.md.
"""

from subprocess import (DEVNULL, PIPE, STDOUT, CalledProcessError,
                        CompletedProcess, SubprocessError, TimeoutExpired)

from ._aio import create_subprocess_exec, create_subprocess_shell
from ._popen import (Popen, call, check_call, check_output, getoutput,
                     getstatusoutput, run, unavailable)

__all__ = [
    "DEVNULL", "PIPE", "STDOUT", "CalledProcessError", "CompletedProcess",
    "Popen", "SubprocessError", "TimeoutExpired", "call", "check_call",
    "check_output", "create_subprocess_exec", "create_subprocess_shell",
    "getoutput", "getstatusoutput", "run", "unavailable",
]
