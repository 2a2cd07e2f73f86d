"""What is going on while a command takes its time."""

import io
import time

import pytest

from qsota_tools.common import ui
from qsota_tools.common.progress import Progress, waiting


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def loud():
    yield
    ui.set_loudness(False, False)


def test_elsewhere_than_on_a_terminal_a_line_for_each_quarter(capsys):
    progress = Progress("writing")
    for done in range(1, 101):
        progress.show(done, 100)
    progress.show(50, 100)
    shown = capsys.readouterr()
    assert shown.out == ""
    shares = [line.split()[1] for line in shown.err.splitlines()]
    assert shares == ["1", "25", "50", "75", "100", "50"]
    assert shown.err.splitlines()[0] == "  writing   1 % of 100 bytes"


def test_on_a_terminal_a_bar_that_leaves_the_cursor_as_it_was(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with Progress("writing") as progress:
        for done in range(1, 60):
            progress.show(done, 100)
    hidden, visible = "\x1b[?25l", "\x1b[?25h"
    assert "writing" in terminal.getvalue()
    assert terminal.getvalue().count(hidden) == terminal.getvalue().count(visible) == 1


def test_quiet_is_silent(capsys):
    ui.set_loudness(True, False)
    Progress().show(1, 2)
    with waiting("for ever"):
        pass
    ui.note("x")
    assert capsys.readouterr() == ("", "")


def test_what_takes_longer_than_a_second_is_said_and_nothing_else(capsys, monkeypatch):
    monkeypatch.setattr("qsota_tools.common.progress._PATIENCE_S", 0.05)
    with waiting("waiting for x"):
        pass
    assert capsys.readouterr().err == ""
    with waiting("waiting for x"):
        time.sleep(0.2)
    assert capsys.readouterr().err == "qsota: waiting for x ...\n"


def test_of_a_search_that_tells_its_share_the_rest_is_estimated(capsys, monkeypatch):
    monkeypatch.setattr("qsota_tools.common.progress._PATIENCE_S", 0.05)
    with waiting("looking") as share:
        share(10, 100)  # too soon to be worth a word
        time.sleep(0.2)
        for done in (20, 30, 60, 100):
            share(done, 100)
    assert capsys.readouterr().err.splitlines() == [
        "qsota: looking ...",
        *(f"  {share:3} % of 100 bytes" for share in (20, 30, 60, 100)),
    ]
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with waiting("looking") as share:
        time.sleep(0.2)
        share(25, 100)
        time.sleep(0.3)
    assert "looking: 25 %, about 1 s more" in terminal.getvalue()
