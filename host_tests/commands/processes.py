"""The program in a process of its own."""

import os
import subprocess

from qsota_tools.common.paths import PROGRAM, TOOLS


def start(*args, **options):
    environment = {**os.environ, "PYTHONPATH": str(TOOLS), **options.pop("env", {})}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | options
    return subprocess.Popen([*PROGRAM, *map(str, args)], env=environment, **streams)


def run(*args, **options):
    process = start(*args, **options)
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err
