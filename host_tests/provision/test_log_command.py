"""`qsota log --follow` and `qsota reset`: a board's program is read along, or started again."""

import json
import threading

import pytest
from usb_board import (
    APPLICATION,
    BLANK,
    BOARD,
    SETTINGS,
    UsbBoard,
    is_refused,
    package_of,
    trial_flash,
)

from qsota_tools import cli
from qsota_tools.common.record_view import read_record
from qsota_tools.provision.factory import make_flash

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def power(tmp_path):
    running = []

    def start(content):
        running.append(UsbBoard(tmp_path, content))
        running[-1].start()
        return running[-1]

    yield start
    for board in running:
        board.stop()


# What a board prints before its port is open again is lost: on a busy host that takes a while.
SPEAKS_LATE = APPLICATION.replace("print(", "time.sleep_ms(1500)\nprint(")


def provisioned(tmp_path, source=APPLICATION):
    return make_flash(BOARD, package_of(tmp_path, "1_0_0", source), SETTINGS)


def run(capsys, *args):
    code = cli.main([*args])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_following_shows_what_a_board_prints_and_interrupts_nothing(power, tmp_path, capsys):
    board = power(provisioned(tmp_path, SPEAKS_LATE))
    board.wait_for("log", text="application 1_0_0")
    threading.Timer(0.3, board.power_cycle).start()
    code, out, _ = run(capsys, "log", "--follow", "--port", board.usb, "--timeout", "8")
    assert code == 0
    assert "application 1_0_0" in out.splitlines()
    assert not [event for event in board.events if event["event"] == "repl"]


def test_following_as_json_has_one_object_per_line(power, tmp_path, capsys):
    board = power(provisioned(tmp_path, SPEAKS_LATE))
    board.wait_for("log", text="application 1_0_0")
    threading.Timer(0.3, board.power_cycle).start()
    command = ("log", "-f", "--port", board.usb, "--timeout", "8", "--json")
    events = [json.loads(line) for line in run(capsys, *command)[1].splitlines()]
    assert {"event": "log", "text": "application 1_0_0"} in [
        {key: event[key] for key in ("event", "text")} for event in events
    ]


def test_a_time_out_without_following_is_refused(capsys):
    code, out, err = run(capsys, "log", "--timeout", "1")
    assert is_refused((code, out, err), "--timeout is for --follow")


def test_a_reset_shows_the_messages_and_starts_the_program_again(power, tmp_path, capsys):
    board = power(provisioned(tmp_path))
    board.wait_for("log", text="application 1_0_0")
    code, out, _ = run(capsys, "reset", "--port", board.usb)
    assert code == 0
    assert out.splitlines()[-1] == f"{board.usb} was reset"
    assert len(out.splitlines()) > 1
    board.wait_for("boot", cause="reset")
    board.wait_for("log", text="application 1_0_0")


def test_a_reset_costs_a_trial_no_attempt(power, tmp_path, capsys):
    board = power(trial_flash(tmp_path))
    board.wait_for("log", text="application 2_0_0")
    before = read_record(board.flash, BOARD).slots[1].attempts
    assert run(capsys, "reset", "--port", board.usb)[0] == 0
    board.wait_for("boot", cause="reset")
    board.wait_for("log", text="application 2_0_0")
    assert read_record(board.flash, BOARD).slots[1].attempts == before


def test_a_blank_board_is_reset_as_well(power, capsys):
    board = power(BLANK)
    board.wait_for("repl")
    assert run(capsys, "reset", "--port", board.usb, "--json")[0] == 0
    board.wait_for("boot", cause="reset")
