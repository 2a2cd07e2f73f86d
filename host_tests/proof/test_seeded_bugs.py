"""The suite bites: each planted mistake is noticed, on the MicroPython VM, by the test for it."""

import os
import re
import resource
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from planted_bugs import BUGS

from qsota_tools.common.paths import FIRMWARE, TOOLS
from qsota_tools.package.image import compile_source
from qsota_tools.virtual.vm_process import find_micropython

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent.parent


PROCESSOR_S = 30  # of each run; without a bug the longest takes 8


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """The device code as the VM need not compile it for each bug: all but the file with the bug
    and what tests read as text."""
    folder = tmp_path_factory.mktemp("compiled") / "firmware"
    shutil.copytree(FIRMWARE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for path in folder.glob("qsota/**/*.py"):
        if path.name != "packed.py":
            path.with_suffix(".mpy").write_bytes(compile_source(path.parent, path.name))
            path.unlink()
    return folder


def run(firmware, tests, *options):
    """How many tests passed, and how many failed; what cannot even be run is an error."""
    command = [
        find_micropython(),
        "-X",
        "heapsize=32M",
        TOOLS / "qsota_tools" / "virtual" / "vm" / "run_tests.py",
    ]
    done = subprocess.run(
        [*command, f"--firmware={firmware}", *options, HERE / "device" / tests],
        capture_output=True,
        text=True,
        env={**os.environ, "QSOTA_CASES": "all"},  # long tests, too
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_S, PROCESSOR_S)),
    )
    if done.returncode == -signal.SIGKILL:
        return 0, 1  # a test that does not end has not passed
    counts = re.search(r"^(\d+) passed, (\d+) failed$", done.stdout, re.MULTILINE)
    assert counts, done.stdout + done.stderr
    return tuple(map(int, counts.groups()))


@pytest.mark.parametrize(
    ("name", "file", "right", "wrong", "tests"), BUGS, ids=[bug[0] for bug in BUGS]
)
def test_a_planted_bug_is_caught(compiled, tmp_path, name, file, right, wrong, tests):
    firmware = tmp_path / "firmware"
    shutil.copytree(compiled, firmware)
    path = firmware / "qsota" / file
    path.with_suffix(".mpy").unlink(missing_ok=True)
    source = (FIRMWARE / "qsota" / file).read_text()
    assert source.count(right) == 1, "the text to replace stands elsewhere or nowhere"
    path.write_text(source.replace(right, wrong))
    assert run(firmware, tests, "--first")[1] > 0, f"{tests} did not notice"


@pytest.mark.parametrize("tests", sorted({bug[4] for bug in BUGS}))
def test_the_same_checks_pass_on_the_firmware_as_it_is(compiled, tests):
    passed, failed = run(compiled, tests)
    assert passed > 0 and failed == 0


def test_the_bugs_are_many_and_different():
    assert len({bug[:4] for bug in BUGS}) == len(BUGS) >= 30
    assert all(right != wrong for _, _, right, wrong, _ in BUGS)


def test_the_document_lists_them():
    rows = [f"| {name} | `{file}` | `{tests}` |" for name, file, _, _, tests in BUGS]
    document = (HERE.parent / "docs" / "reliability.md").read_text().splitlines()
    section = document[document.index("## Seeded bugs") :]
    assert [line for line in section if line.count("|") == 4][2:] == rows
