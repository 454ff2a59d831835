# SPDX-License-Identifier: GPL-2.0
"""CPython's own tests of subprocess and of asyncio's, on the package; prints TAP.

Of test.test_subprocess, all classes that start processes. Left out is what tests how
subprocess does something rather than what. Nothing is left to subprocess: that would
test CPython.
"""

import asyncio
import os
import subprocess
import sys
import unittest

import io_uring_spawn

# name, and why it is none of ours
LEFT_OUT = {
    "preexec": "preexec_fn is subprocess' own",
    "surrogates_error_message": "it has a preexec_fn",
    "errpipe": "a pipe inside of subprocess",
    "use_vfork": "a choice inside of subprocess",
    "popen_error": "replaces subprocess.Popen, which is not used",
}


class Tap(unittest.TestResult):
    """One test for each of theirs."""

    number = 0

    def line(self, good, test, remark=""):
        self.number += 1
        print("ok" if good else "not ok", self.number, "-", test.id(), remark)
        sys.stdout.flush()

    def addSuccess(self, test):
        self.line(True, test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)

    def _bad(self, test, error):
        self.line(False, test)
        print("# " + self._exc_info_to_string(error, test).replace("\n", "\n# "))

    def addError(self, test, error):
        super().addError(test, error)
        self._bad(test, error)

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self._bad(test, error)


def tests_of(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from tests_of(test)
        else:
            yield test


def main():
    os.environ["IO_URING_SPAWN"] = "require"
    subprocess.Popen = io_uring_spawn.Popen
    asyncio.create_subprocess_exec = io_uring_spawn.create_subprocess_exec
    asyncio.create_subprocess_shell = io_uring_spawn.create_subprocess_shell
    loader = unittest.defaultTestLoader
    suite = unittest.TestSuite(
        test for name in sys.argv[1:]
        for test in tests_of(loader.loadTestsFromName(name))
        if not any(part in test.id() for part in LEFT_OUT))
    result = Tap()
    suite.run(result)
    print("# %d tests, %d skipped" % (result.number, len(result.skipped)))
    print("1..%d" % result.number)
    sys.exit(not result.wasSuccessful())


main()
