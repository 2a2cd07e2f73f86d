"""`qsota flash`, as on a board on USB."""

import contextlib
from types import SimpleNamespace

import pytest
from on_usb import ERASE, FILL, content, virtual
from usb_board import BLANK, BOARD, SETTINGS, is_refused, package_of
from virtual_storage import storage

from cases import some
from qsota_tools.commands import flash
from qsota_tools.provision import repl_link as link
from qsota_tools.provision.factory import make_flash

UNITS = len(BLANK) // ERASE


pytestmark = pytest.mark.usefixtures("quick")


def area(data, name):
    start, size = BOARD["areas"][name]
    return data[start : start + size]


def test_a_blank_board_is_provisioned_and_runs(power, qsota, app):
    board = power(BLANK)
    code, out, _ = qsota("flash", *virtual("--app", app, "--pk", "p1", "--ps", "s1"))
    image = make_flash(BOARD, app.read_bytes(), {"pk": "p1", "ps": "s1"})
    assert code == 0
    assert content(board) == image
    assert "MicroPython 1.29.0" in out
    assert out.splitlines()[-1] == "1_0_0 from slot A, confirmed"
    board.wait_for("log", text="application 1_0_0")


def test_a_board_that_is_right_is_not_written(power, qsota, app):
    board = power(make_flash(BOARD, app.read_bytes()))
    code, out, _ = qsota("flash", *virtual("--app", app))
    assert code == 0
    assert f"0 of {UNITS} erase units were written" in out
    assert board.flash_ops == 0


def test_only_what_differs_is_written(power, qsota, app):
    image = make_flash(BOARD, app.read_bytes())
    damaged = bytearray(image)
    damaged[BOARD["areas"]["slot_a"][0] + 100] ^= 1
    damaged[-1] = 0
    board = power(damaged)
    assert "2 of" in qsota("flash", *virtual("--app", app))[1]
    assert content(board) == image


def rewriting(flash, image):
    """Flash operations to make the image of that storage: both superblocks are erased before."""
    units = [
        (flash[at : at + ERASE], image[at : at + ERASE]) for at in range(0, UNITS * ERASE, ERASE)
    ]
    written = [new for old, new in units[2:] if new != old]
    return 2 + 4 + sum(1 if new == b"\xff" * ERASE else 2 for new in written)


@pytest.mark.parametrize("where", some([2, 40, -1, 0], 4))
def test_a_cable_pulled_while_it_writes_is_repaired_by_running_it_again(power, qsota, app, where):
    board = power(BLANK)
    board.wait_for("repl")
    image = make_flash(BOARD, app.read_bytes())
    board.cut_at(where if where > 0 else rewriting(BLANK, image) + where)
    assert is_refused(qsota("flash", *virtual("--app", app)), "run the command again")
    board.wait_for("cut")
    board.wait_for("boot", cause="power-on")
    board.wait_for("repl")
    assert qsota("flash", *virtual("--app", app))[::2] == (0, "")
    assert content(board) == image


@pytest.mark.parametrize("where", some([1, 2, 3, 6, -1], 4))
def test_half_of_a_new_image_never_runs(power, qsota, app, tmp_path, where):
    other = {**BOARD, "title": "another root"}
    flash = make_flash(other, package_of(tmp_path, "0_9_0"), SETTINGS)
    image = make_flash(BOARD, app.read_bytes())
    board = power(flash)
    board.wait_for("log", text="application 0_9_0")
    board.cut_at(where if where > 0 else rewriting(flash, image) + where)
    assert is_refused(qsota("flash", *virtual("--app", app)), "run the command again")
    board.wait_for("cut")
    board.wait_for("boot", cause="power-on")
    before = len(board.events)
    if where == 1:  # the other superblock is whole: nothing has changed
        board.wait_for("log", text="application 0_9_0")
    else:
        board.wait_for("repl")
        texts = [event.get("text", "") for event in board.events[before:]]
        assert not [text for text in texts if text.startswith("application")]
    assert qsota("flash", *virtual("--app", app))[::2] == (0, "")
    assert content(board) == image


def test_the_data_area_is_kept_on_request(power, qsota, app):
    board = power(make_flash(BOARD, settings=SETTINGS))
    before = area(content(board), "data")
    code, out, _ = qsota("flash", *virtual("--app", app, "--keep-data"))
    assert code == 0
    assert area(content(board), "data") == before
    assert area(content(board), "slot_a").startswith(app.read_bytes())
    assert "1_0_0 from slot A" in out


def test_without_the_request_the_data_area_is_made_new(power, qsota, app):
    board = power(make_flash(BOARD, settings=SETTINGS))
    assert qsota("flash", *virtual("--app", app))[0] == 0
    assert content(board) == make_flash(BOARD, app.read_bytes())


def test_there_must_be_data_to_keep(power, qsota):
    board = power(BLANK)
    assert is_refused(qsota("flash", *virtual("--keep-data")), "no data to keep")
    assert set(area(content(board), "data")) == {0xFF}


def test_without_an_application_the_board_waits_in_recovery(power, qsota):
    power(BLANK)
    assert "recovery: no slot" in qsota("flash", *virtual())[1]


@pytest.mark.parametrize(
    ("started", "slot", "code"), [(True, 0, 0), (True, None, 1), (False, None, 1)]
)
def test_the_exit_code_says_whether_the_application_runs(
    power, qsota, app, monkeypatch, started, slot, code
):
    power(make_flash(BOARD, app.read_bytes()))
    found = SimpleNamespace(started=started, slot=slot, headline=lambda: "what runs")
    monkeypatch.setattr(flash, "interrupted", lambda *args, **_: contextlib.nullcontext(found))
    assert qsota("flash", *virtual("--app", app))[0] == code


def test_a_foreign_file_system_is_overwritten_only_on_request(power, qsota, app):
    board = power(storage(main="print('somebody else')"))
    board.wait_for("log", text="somebody else")
    before = content(board)
    refusal = qsota("flash", *virtual("--app", app))
    assert is_refused(refusal, "other files (boot.py, main.py): overwrite everything?")
    assert content(board) == before
    board.wait_for("log", text="somebody else")  # it was interrupted, and runs again
    assert qsota("flash", *virtual("--app", app, "--yes"))[0] == 0
    assert content(board) == make_flash(BOARD, app.read_bytes())


@pytest.mark.parametrize(("answer", "code"), [("", 1), ("n", 1), ("Y", 0)])
def test_at_a_terminal_the_question_is_asked(power, qsota, monkeypatch, answer, code):
    power(storage(main="print('somebody else')"))
    monkeypatch.setattr(flash.sys, "stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("builtins.input", lambda question: answer)
    assert qsota("flash", *virtual())[0] == code


def test_a_boot_py_that_does_not_end_is_no_obstacle(power, qsota, monkeypatch):
    monkeypatch.setattr(link, "_BOOT_S", 3)
    boot = """
import os, time
while 'b' in os.listdir(): time.sleep_ms(10)
open('b', 'w').close()
"""
    board = power(storage(boot))
    board.wait_for("repl")
    assert qsota("flash", *virtual("--yes"))[::2] == (0, "")
    assert content(board) == make_flash(BOARD)


def test_a_program_of_somebody_else_that_leaves_little_memory(power, qsota, app):
    board = power(storage(main=FILL + "print('theirs')\nwhile True: pass"))
    board.wait_for("log", text="theirs")
    assert qsota("flash", *virtual("--app", app, "--yes"))[::2] == (0, "")
