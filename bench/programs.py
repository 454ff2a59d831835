# SPDX-License-Identifier: GPL-2.0
# Starts 64 programs: programs.py MODULE run|close_fds=False
import importlib
import sys

run = importlib.import_module(sys.argv[1]).run
options = {"close_fds": False} if sys.argv[2] == "close_fds=False" else {}
for i in range(64):
    run(["/bench/first"], check=True, **options)
