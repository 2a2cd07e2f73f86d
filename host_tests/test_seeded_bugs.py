"""The suite bites: each planted mistake is noticed by the test that is there for it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from seeded_bugs import BUGS

from qsota_tools.paths import FIRMWARE, TOOLS

HERE = Path(__file__).parent
# Runs pytest on a copy of the firmware; asyncio's complaints about cut-off tasks are not wanted.
RUNNER = """
import sys
from pathlib import Path
from qsota_tools import paths
paths.FIRMWARE = Path(sys.argv[1])
import pytest
sys.exit(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *sys.argv[2:]]))
"""


def run(firmware, tests):
    """The exit code of pytest: 0 all passed, 1 something failed."""
    return subprocess.run(
        [sys.executable, "-c", RUNNER, str(firmware), str(HERE / tests)],
        env={"PYTHONPATH": str(TOOLS), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=120,
    ).returncode


@pytest.mark.parametrize(("name", "file", "right", "wrong", "tests"), BUGS, ids=lambda x: None)
def test_a_planted_bug_is_caught(tmp_path, name, file, right, wrong, tests):
    firmware = tmp_path / "firmware"
    shutil.copytree(FIRMWARE, firmware, ignore=shutil.ignore_patterns("__pycache__"))
    path = firmware / "qsota" / file
    source = path.read_text()
    assert source.count(right) == 1, f"{name}: the text to replace stands elsewhere or nowhere"
    path.write_text(source.replace(right, wrong))
    assert run(firmware, tests) == 1, f"{name}: {tests} did not notice"


def test_the_checks_pass_on_the_firmware_as_it_is():
    for tests in sorted({bug[4] for bug in BUGS if "::" not in bug[4]}):
        assert run(FIRMWARE, tests) == 0, tests
