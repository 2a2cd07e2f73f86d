"""Ctrl-C ends the program at any moment, with all its processes."""

import os
import signal
import subprocess
import sys
import time

import pytest
from processes import start

from cases import some
from qsota_tools.common.paths import EXAMPLES, TOOLS


def interrupted(args, after, cwd):
    process = start(*args, cwd=cwd, start_new_session=True)
    time.sleep(after)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=120)
    return process.returncode, err


@pytest.mark.parametrize("after", some((n / 20 for n in range(2, 26)), 4))
def test_ctrl_c_at_any_moment_ends_in_silence(tmp_path, after):
    app = EXAMPLES / "sensor_node_2_0_0"
    command = ["build", app, "--board", "VIRTUAL", "--version", "1", "-o", "out.bin"]
    code, err = interrupted(command, after, tmp_path)
    if "Traceback" in err:  # the interpreter itself, before our first line
        assert "qsota_tools" not in err
    else:
        assert code in (0, 130, -signal.SIGINT), err
    assert {path.name for path in tmp_path.iterdir()} <= {"out.bin"}


def test_the_program_reads_no_other_file_before_it_minds_ctrl_c():
    """What it imports outside main() is an interrupt with a traceback, now and then."""
    look = (
        "import sys; before = set(sys.modules); import qsota_tools.__main__;"
        "print(*sorted(set(sys.modules) - before))"
    )
    out = subprocess.run(
        [sys.executable, "-S", "-c", look],
        env={"PYTHONPATH": str(TOOLS)},
        capture_output=True,
        text=True,
    )
    assert out.stdout.split() == ["qsota_tools", "qsota_tools.__main__"], out.stderr


@pytest.mark.parametrize(
    "args",
    [
        ("campaign", "--quick", "--jobs", "2"),
        ("campaign", "--links", "10000", "--jobs", "2"),
        ("demo", "--dir", "demo"),
        ("sim", "--link", "module"),
        ("board", "--flash", "flash.bin", "--uart", "pty:uart"),
    ],
)
@pytest.mark.parametrize("after", (1.0, pytest.param(2.5, marks=pytest.mark.slow)))
def test_ctrl_c_ends_what_takes_long_with_all_its_processes(tmp_path, args, after):
    code, err = interrupted(args, after, tmp_path)
    assert code == 130, err
    assert "Traceback" not in err
    assert not any(path.is_symlink() for path in tmp_path.iterdir())
    for process in subprocess.run(
        ["pgrep", "-f", f"qsota_tools.*{tmp_path}"], capture_output=True, text=True
    ).stdout.split():
        raise AssertionError(f"process {process} is left")
