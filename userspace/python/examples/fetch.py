#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs some commands at once in an event loop, and prints what each said.

    fetch.py COMMAND...
"""

import asyncio
import sys

from io_uring_spawn import PIPE, STDOUT, create_subprocess_exec, unavailable


async def fetch(command):
    process = await create_subprocess_exec("/bin/sh", "-c", command,
                                           stdout=PIPE, stderr=STDOUT)
    output, _ = await process.communicate()
    print("%s: status %d: %s" % (command, process.returncode,
                                 output.decode().rstrip()))


async def main(commands):
    why = unavailable()
    print("by subprocess: " + why if why else "by chains")
    await asyncio.gather(*map(fetch, commands))


asyncio.run(main(sys.argv[1:] or ["uname", "exit 3", "echo no >&2"]))
