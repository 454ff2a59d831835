# SPDX-License-Identifier: GPL-2.0
"""The package io_uring_spawn beside subprocess: as root in a guest, prints TAP.

Rows of parity() are done by both, and must come out the same; the module's counter
says that ours were chains.
"""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import threading

import io_uring_spawn
from io_uring_spawn import DEVNULL, PIPE, STDOUT

MODULE = "/sys/module/io_uring_spawn/"
# What a program sees of itself, with few processes of its own, as machines are slow.
# The C library's posix_spawn() ignores two signals of its own.
REPORT = r"""
i=0
while [ $i -lt 64 ]; do
	[ ! -h /proc/$$/fd/$i ] || found="$found /proc/$$/fd/$i"
	i=$((i + 1))
done
echo $found | sed "s/$$/self/g"
for file in $found; do readlink $file; done | sed "s/\[[0-9]*\]/[]/; s/$$/self/g"
pwd; umask; echo "$A $B"
while read -r line; do
	case $line in
	SigIgn*) echo "${line#SigIgn:??????????}" ;;
	Uid* | Gid* | Groups* | SigBlk* | SigCgt*) echo "$line" ;;
	esac
done </proc/$$/status
read -r pid name state parent group session rest </proc/$$/stat
[ $group != $$ ] || group=self
[ $session != $$ ] || session=self
echo $group $session
"""
number = failed = 0


def ok(good, text, *remarks):
    global number, failed
    number += 1
    failed += not good
    print("ok" if good else "not ok", number, "-", text)
    if not good:
        for remark in remarks:
            print("#", str(remark)[:2000])
    sys.stdout.flush()


def executed():
    with open(MODULE + "stats/executed") as file:
        return int(file.read())


def descriptors():
    return sorted(os.listdir("/proc/self/fd"))


def outcome(module, args, options):
    """What a caller sees: of the program, or of the exception."""
    options = dict(options)
    data = options.pop("input", None)
    options.setdefault("stdout", PIPE)
    try:
        process = module.Popen(args, **options)
        out = process.communicate(data, timeout=20)
    except Exception as error:
        return (type(error), str(error), getattr(error, "filename", None))
    return process.returncode, out


def parity():
    file = tempfile.TemporaryFile()
    fd = os.dup(file.fileno())
    high = os.dup2(fd, 60, inheritable=False)
    shell = ["/bin/sh", "-c"]
    report = shell + [REPORT]
    own = tempfile.NamedTemporaryFile("w", delete=False)
    own.close()
    # what, arguments, options, chains
    rows = (
        ("as it is", report, {}, 1),
        ("all three on pipes", shell + ["cat; echo e >&2; exit 3"],
         dict(stdin=PIPE, stderr=PIPE, input=b"x" * 300000), 1),
        ("stderr to stdout", shell + ["echo o; echo e >&2"],
         dict(stderr=STDOUT), 1),
        ("from and to /dev/null", report, dict(stdin=DEVNULL, stderr=DEVNULL), 1),
        ("text", shell + ["cat"], dict(stdin=PIPE, text=True, input="a\r\nb"), 1),
        ("shell", "echo $0 $1", dict(shell=True), 1),
        ("search in $PATH", ["uname"], {}, 1),
        ("search in env's $PATH", ["uname"], dict(env={"PATH": "/no:/bin"}), 1),
        ("cwd", report, dict(cwd="/usr"), 1),
        ("a program relative to cwd", ["./sh", "-c", "pwd"], dict(cwd="/bin"), 1),
        ("env", report, dict(env={"A": "1", "B": "\udcff"}), 1),
        ("umask", report, dict(umask=0o27), 1),
        ("user, group, groups", report,
         dict(user=1000, group="nogroup", extra_groups=[7, 8]), 1),
        ("a user alone", report, dict(user="user"), 1),
        ("a session", report, dict(start_new_session=True), 1),
        ("a process group", report, dict(process_group=0), 1),
        ("signals as Python has them", report, dict(restore_signals=False), 1),
        ("pass_fds", report, dict(pass_fds=(fd, high)), 1),
        ("close_fds=False", report, dict(close_fds=False), 1),
        ("a signal", shell + ["kill -TERM $$"], {}, 1),
        ("no program", ["/no/program"], {}, 0),
        ("no program in $PATH", ["no-program"], {}, 0),
        ("no x", [own.name], {}, 0),
        ("an empty name", [""], {}, 0),
        ("a name that is too long", ["x" * 300], {}, 0),
        ("no directory", report, dict(cwd="/no/directory"), 0),
        ("no descriptor to pass", ["true"], dict(pass_fds=(77,)), 0),
        ("a null byte", ["true", "a\0b"], {}, 0),
        ("a null byte in env", ["true"], dict(env={"A": "\0"}), 0),
        ("= in a name of env", ["true"], dict(env={"A=": ""}), 0),
        ("a number for an argument", ["true", 1], {}, 0),
        ("no arguments", [], {}, 0),
    )
    before = descriptors()
    for text, args, options, chains in rows:
        theirs = outcome(subprocess, args, options)
        count = executed()
        ours = outcome(io_uring_spawn, args, options)
        count = executed() - count
        ok(ours == theirs and count == chains, "as subprocess: " + text,
           "%d chains for %d" % (count, chains), theirs, ours)
    ok(descriptors() == before, "no descriptor is left", before, descriptors())
    os.unlink(own.name)
    os.close(high)
    os.close(fd)


def low_descriptors():
    """In a process of its own, as the numbers are used up."""
    for text, options in (
            ("stdin and stdout change places", "dict(stdin=1, stdout=0)"),
            ("stdout and stderr change places", "dict(stdout=2, stderr=1)"),
            ("stderr is 0", "dict(stdout=1, stderr=0)")):
        said = []
        for module in "subprocess", "io_uring_spawn":
            with tempfile.TemporaryDirectory() as place:
                files = [open("%s/%d" % (place, i), "w+") for i in range(3)]
                program = ("import sys, %s as m; m.run(['sh', '-c', "
                           "'echo 0 >&0; echo 1; echo 2 >&2'], **%s)"
                           % (module, options))
                subprocess.run([sys.executable, "-c", program], stdin=files[0],
                               stdout=files[1], stderr=files[2])
                said.append([open(file.name).read() for file in files])
        ok(said[0] == said[1], "as subprocess: " + text, said)


def functions():
    count = executed()
    ok(io_uring_spawn.check_output(["echo", "x"]) == b"x\n" and
       io_uring_spawn.call(["sh", "-c", "exit 4"]) == 4 and
       io_uring_spawn.getoutput("echo y") == "y" and
       io_uring_spawn.run(["cat"], input="z", text=True,
                          capture_output=True).stdout == "z",
       "run() and its like: their results")
    ok(executed() - count == 4, "run() and its like: by chains", executed() - count)
    try:
        io_uring_spawn.run(["sleep", "60"], timeout=0.2)
    except subprocess.TimeoutExpired as error:
        ok(error.timeout <= 0.2, "run(): a time-out")
    else:
        ok(False, "run(): a time-out")
    try:
        io_uring_spawn.run(["false"], check=True)
    except subprocess.CalledProcessError as error:
        ok(error.returncode == 1, "run(): check=True")
    else:
        ok(False, "run(): check=True")


def not_by_chains():
    os.environ["IO_URING_SPAWN"] = "off"
    count = executed()
    process = io_uring_spawn.Popen(["true"])
    ok(process.wait() == 0 and not process.by_chain and executed() == count,
       "IO_URING_SPAWN=off: by subprocess")
    os.environ["IO_URING_SPAWN"] = "require"
    process = io_uring_spawn.Popen(["true"])
    ok(process.wait() == 0 and process.by_chain, "require: by a chain")
    try:
        io_uring_spawn.Popen(["true"], preexec_fn=os.getpid)
    except OSError as error:
        ok("preexec_fn" in str(error), "require: refuses preexec_fn", error)
    else:
        ok(False, "require: refuses preexec_fn")
    del os.environ["IO_URING_SPAWN"]
    process = io_uring_spawn.Popen(["true"], preexec_fn=os.getpid)
    ok(process.wait() == 0 and not process.by_chain, "preexec_fn: by subprocess")


def arm(value):
    with open(MODULE + "parameters/armed", "w") as file:
        file.write(value)


def without_module():
    arm("0")
    ok(io_uring_spawn.unavailable() is not None, "disarmed: unavailable() says why")
    ok(io_uring_spawn.check_output(["echo", "x"]) == b"x\n",
       "disarmed: by subprocess")
    try:
        io_uring_spawn.Popen(["true"], require=True)
    except OSError as error:
        ok("module" in str(error), "disarmed: require=True is an error", error)
    else:
        ok(False, "disarmed: require=True is an error")
    process = asyncio.run(one("echo", "x", stdout=PIPE))
    ok(process == (0, (b"x\n", None)), "disarmed: asyncio's subprocess", process)
    arm("1")
    ok(io_uring_spawn.unavailable() is None, "armed: unavailable() is None")


async def one(*args, **options):
    process = await io_uring_spawn.create_subprocess_exec(*args, **options)
    out = await process.communicate()
    return process.returncode, out


async def many():
    count = executed()
    results = await asyncio.gather(
        *(one("sh", "-c", "echo %d; exit %d" % (i, i % 5), stdout=PIPE)
          for i in range(60)))
    ok(results == [(i % 5, (b"%d\n" % i, None)) for i in range(60)],
       "asyncio: 60 at once: output and exit status", results)
    ok(executed() - count == 60, "asyncio: by chains", executed() - count)
    ok(threading.active_count() == 1 and len(os.listdir("/proc/self/task")) == 1,
       "asyncio: no thread")


async def one_by_one():
    process = await io_uring_spawn.create_subprocess_exec(
        "cat", stdin=PIPE, stdout=PIPE, stderr=DEVNULL)
    process.stdin.write(b"one\n")
    ok(await process.stdout.readline() == b"one\n", "asyncio: a dialogue")
    process.send_signal(signal.SIGKILL)
    ok(await process.wait() == -9, "asyncio: kill()", process.returncode)
    process = await io_uring_spawn.create_subprocess_shell("exit 6")
    ok(await process.wait() == 6, "asyncio: a shell")
    for text, args, options in (
            ("no program", ["/no/program"], {}),
            ("no directory", ["true"], dict(cwd="/no/directory")),
            ("a null byte", ["a\0b"], {})):
        said = []
        for module in asyncio, io_uring_spawn:
            try:
                await module.create_subprocess_exec(*args, **options)
            except Exception as error:
                said.append((type(error), str(error)))
        ok(len(said) == 2 and said[0] == said[1], "as asyncio: " + text, said)


async def cancelled():
    """Before the program runs, and while one waits for its end."""
    before = descriptors()
    tasks = [asyncio.ensure_future(one("sleep", "1000", stdout=PIPE))
             for i in range(20)]
    await asyncio.sleep(0)
    for task in tasks[:10]:
        task.cancel()
    for _ in range(200):
        await asyncio.sleep(0.05)
        if len(children()) == 10 and all(map(is_sleep, children())):
            break
    left = children()
    ok(len(left) == 10, "asyncio: cancelled starts leave no process", left)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    for task in tasks[10:]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for _ in range(100):
        await asyncio.sleep(0.05)
        if not children():
            break
    ok(not children(), "asyncio: the end of each process is collected", children())
    await asyncio.sleep(0.1)
    ok(descriptors() == before, "asyncio: no descriptor is left", before,
       descriptors())


def is_sleep(pid):
    try:
        with open("/proc/%d/comm" % pid) as file:
            return file.read() == "sleep\n"
    except OSError:
        return False


def parent_of(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return int(file.read().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def children():
    """Not every kernel has a list of them."""
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return [pid for pid in pids if parent_of(pid) == os.getpid()]


async def aio():
    # the ring is there from now on
    await one("true")
    await many()
    await one_by_one()
    await cancelled()


def rings():
    return [fd for fd in descriptors() if os.path.exists("/proc/self/fd/" + fd) and
            "io_uring" in os.readlink("/proc/self/fd/" + fd)]


def main():
    parity()
    low_descriptors()
    functions()
    not_by_chains()
    asyncio.run(aio())
    without_module()
    ok(len(rings()) <= 1, "the ring of a loop ends with it", rings())
    print("1..%d" % number)
    sys.exit(failed > 0)


main()
