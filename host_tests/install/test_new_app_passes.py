"""`qsota new`: what it makes passes its own test, with two upgrades of a virtual board."""

import subprocess
import sys

import pytest

from qsota_tools import cli

pytestmark = pytest.mark.slow


def test_a_new_application_passes_its_own_test(tmp_path):
    app = tmp_path / "pump"
    assert cli.main(["new", str(app), "--board", "RPI_PICO2"]) == 0
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(app)]
    done = subprocess.run(command, cwd=app, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout
