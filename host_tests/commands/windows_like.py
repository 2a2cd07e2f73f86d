"""Runs command lines in a process where qsota finds nothing that only POSIX systems have.

    python windows_like.py FOLDER < LINES
prints one JSON object: line -> [exit code, what it printed, what it complained].
"""

import builtins
import contextlib
import io
import json
import multiprocessing
import os
import shlex
import signal
import subprocess
import sys
import traceback

MODULES = {
    "fcntl",
    "grp",
    "posix",
    "pty",
    "pwd",
    "readline",
    "resource",
    "syslog",
    "termios",
    "tty",
}
OF_OS = ("fork", "forkpty", "getuid", "geteuid", "killpg", "mkfifo", "openpty", "setsid")
OF_OS += ("statvfs", "ttyname")
SIGNALS = ("SIGALRM", "SIGCHLD", "SIGCONT", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGSTOP", "SIGUSR1")


def hide():
    """What others have imported stays theirs: on Windows they have modules of its own."""
    find = builtins.__import__

    def guarded(name, scope=None, *rest):
        ours = ((scope or {}).get("__name__") or "").split(".")[0] in ("qsota", "qsota_tools")
        if ours and name.split(".")[0] in MODULES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return find(name, scope, *rest)

    builtins.__import__ = guarded
    for name in OF_OS:
        delattr(os, name)
    for name in SIGNALS:
        delattr(signal, name)


def run(line):
    from qsota_tools import cli

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = cli.main(shlex.split(line))
        except SystemExit as end:
            code = end.code
        except BaseException as error:
            code = f"{traceback.format_exc()}{error!r}"
    return code, out.getvalue(), err.getvalue()


if __name__ == "__main__":
    # These have their own ways on Windows.
    import asyncio  # noqa: F401
    import platform
    import tempfile  # noqa: F401

    import rich.progress  # noqa: F401
    import serial.tools.list_ports  # noqa: F401

    platform.uname()
    assert subprocess and multiprocessing
    os.chdir(sys.argv[1])
    hide()
    lines = sys.stdin.read().splitlines()
    json.dump({line: run(line) for line in lines}, sys.stdout)
