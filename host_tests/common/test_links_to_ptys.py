"""The link to a pty goes with it, however the program ends."""

import os
import subprocess
import sys

import pytest

from qsota_tools.common.port_ends import Pty

ENDS = {
    "an exit": "raise SystemExit",
    "an interrupt": "raise KeyboardInterrupt",
    "a close": "end.close()",
}


@pytest.mark.parametrize("ends", ENDS.values(), ids=ENDS)
def test_a_link_goes_when_the_program_ends(tmp_path, ends):
    look = f"import os; assert os.readlink({str(tmp_path / 'uart')!r})"
    program = f"from qsota_tools.common.port_ends import Pty\nend = Pty('uart')\n{look}\n{ends}"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True
    )
    assert "Assertion" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_link_goes_with_an_object_that_nobody_got(tmp_path):
    link = tmp_path / "uart"
    Pty(str(link))
    assert list(tmp_path.iterdir()) == []


def test_a_link_that_was_closed_is_free_for_another_one(tmp_path):
    link = tmp_path / "uart"
    old = Pty(str(link))
    old.close()
    new = Pty(str(link))
    del old
    assert os.path.lexists(link)
    new.close()
