"""Boards and ports that `flash` and `status` refuse: nothing is lost, what runs there goes on."""

import os
from types import SimpleNamespace

import pytest
import serial
from on_usb import virtual
from usb_board import BLANK, BOARD, is_refused, package_of, trial_flash
from virtual_storage import storage

from cases import some
from qsota.boot import record_data
from qsota_tools import boards, cli
from qsota_tools.commands import flash
from qsota_tools.common.errors import UserError
from qsota_tools.common.record_view import read_record
from qsota_tools.provision import repl_link as link
from qsota_tools.provision import usb as provision
from qsota_tools.provision.factory import make_flash

pytestmark = pytest.mark.usefixtures("quick")


def test_a_refusal_costs_a_trial_nothing(power, qsota, tmp_path):
    board = power(trial_flash(tmp_path, attempts=1))
    board.wait_for("log", text="application 2_0_0")
    assert is_refused(qsota("flash", "--board", "RPI_PICO"), "is standard (")
    board.wait_for("log", text="application 2_0_0")
    assert read_record(board.flash, BOARD).slots[1].state == record_data.TRIAL


def test_ctrl_c_at_the_question_lets_the_program_go_on(power, qsota, monkeypatch):
    def ctrl_c(question):
        raise KeyboardInterrupt

    board = power(storage(main="print('theirs')\nwhile True: pass"))
    board.wait_for("log", text="theirs")
    monkeypatch.setattr(flash.sys, "stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("builtins.input", ctrl_c)
    assert qsota("flash", *virtual())[0] == 130
    board.wait_for("log", text="theirs")


def test_another_board_is_refused_and_its_program_goes_on(power, qsota):
    board = power(storage(main="print('started')\nwhile True: pass"))
    board.wait_for("log", text="started")
    assert is_refused(qsota("flash", "--board", "RPI_PICO"), "is standard (")
    board.wait_for("log", text="started")
    assert board.flash_ops == 0


@pytest.mark.parametrize(
    ("found", "complaint"),
    [
        (
            ((1, 24, 1), "", "Raspberry Pi Pico with RP2040", 1, []),
            "MicroPython 1.24.1 is too old",
        ),
        (((1, 25, 0), "RPI_PICO2", "Raspberry Pi Pico2 with RP2350", 1, []), "is RPI_PICO2"),
        (
            ((1, 28, 0), "RPI_PICO", "Pico", 868352, []),
            "868352 bytes of storage, RPI_PICO has 1441",
        ),
    ],
)
def test_what_the_firmware_says_must_fit_the_board_file(found, complaint):
    fake = SimpleNamespace(port="/dev/ttyACM0", call=lambda name: found)
    with pytest.raises(UserError) as error:
        provision.check_identity(fake, boards.load("RPI_PICO"))
    assert complaint in str(error.value)


def test_a_port_without_a_board(qsota, monkeypatch):
    monkeypatch.setattr(link, "_ABSENCE_S", 1)
    assert is_refused(qsota("status"), "no board at /")


def test_a_port_that_is_in_use(power, qsota, monkeypatch):
    monkeypatch.setattr(link, "_ABSENCE_S", 1)
    board = power(BLANK)
    with serial.Serial(board.usb, exclusive=True):
        assert is_refused(qsota("status"), "usb is in use by another program")


def test_a_port_where_nothing_answers(qsota, tmp_path, monkeypatch):
    monkeypatch.setattr(link, "_ANSWER_S", 0.5)
    monkeypatch.setattr(link, "_PATIENCE_S", 1)
    master, slave = os.openpty()
    (tmp_path / "usb").symlink_to(os.ttyname(slave))
    assert is_refused(qsota("status"), "MicroPython does not answer; for a board that restarts")
    os.close(master)
    os.close(slave)


def test_an_application_that_crashes_again_and_again_can_be_reached(power, qsota, tmp_path):
    board = power(make_flash(BOARD, package_of(tmp_path, "1_0_0", "1 / 0")))
    board.wait_for("reset")
    assert "1_0_0 from slot A" in qsota("status")[1]


def ports(*names):
    usb = {"vid": 0x2E8A, "pid": 5, "serial_number": None}
    return [SimpleNamespace(device=name, description="Board", **usb) for name in names]


def test_the_only_board_is_found(monkeypatch):
    others = [SimpleNamespace(device="/dev/ttyS0", vid=None)]
    monkeypatch.setattr(link.list_ports, "comports", lambda: others + ports("/dev/ttyACM3"))
    assert link.find_port() == "/dev/ttyACM3"


@pytest.mark.parametrize(
    ("names", "complaint"),
    [
        ((), "no board found"),
        (
            ("/dev/ttyACM0", "/dev/ttyACM1"),
            "--port: /dev/ttyACM0 (MicroPython on rp2, Board), /dev/ttyACM1",
        ),
    ],
)
def test_no_board_or_a_choice_of_boards_is_one_clear_line(monkeypatch, capsys, names, complaint):
    monkeypatch.setattr(link.list_ports, "comports", lambda: ports(*names))
    assert cli.main(["status"]) == 1
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--pk", "p1"], "--pk and --ps belong together"),
        (["--pk", "p1", "--ps", "s1", "--keep-data"], "--keep-data keeps the settings, too"),
    ],
)
def test_options_that_do_not_go_together(qsota, options, complaint):
    assert is_refused(qsota("flash", *virtual(*options)), complaint)


def test_a_board_that_was_not_provisioned_goes_on(power, qsota):
    board = power(storage(main="print('theirs')\nwhile True: pass"))
    board.wait_for("log", text="theirs")
    assert is_refused(qsota("status"), "is not provisioned: see `qsota flash`")
    board.wait_for("log", text="theirs")


@pytest.mark.parametrize("text", some(["{", "[]", "{}"], 3))
def test_a_damaged_board_file_on_the_board(power, qsota, text):
    board = power(storage(main="print('theirs')\nwhile True: pass", **{"board.json": text}))
    board.wait_for("log", text="theirs")
    assert is_refused(qsota("status"), "damaged board.json")
    board.wait_for("log", text="theirs")
