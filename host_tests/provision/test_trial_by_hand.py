"""`qsota confirm` and `revert`, and a host at work on a trial."""

import pytest
from on_usb import attempts
from test_repl import mpremote
from usb_board import BOARD, is_refused, trial_flash

from qsota.boot import record_data
from qsota_tools.common.record_view import read_record
from qsota_tools.provision.factory import make_flash

pytestmark = pytest.mark.usefixtures("quick")


def test_confirm_keeps_the_trial_for_good(power, qsota, tmp_path):
    board = power(trial_flash(tmp_path))
    board.wait_for("log", text="application 2_0_0")
    assert qsota("confirm")[:2] == (0, "confirmed 2_0_0\n")
    board.wait_for("log", text="boot: slot 1")
    rec = read_record(board.flash, BOARD)
    assert (rec.active, rec.slots[1].state, rec.report) == (
        1,
        record_data.GOOD,
        record_data.REPORT_NEW,
    )


def test_revert_goes_back_to_the_version_before(power, qsota, tmp_path):
    board = power(trial_flash(tmp_path))
    board.wait_for("log", text="application 2_0_0")
    assert qsota("revert")[:2] == (0, "reverted 2_0_0\n")
    board.wait_for("log", text="application 1_0_0")
    rec = read_record(board.flash, BOARD)
    assert (rec.active, rec.slots[1].state) == (0, record_data.BAD)
    assert (rec.report, rec.reason) == (record_data.REPORT_OLD, "by-hand")


@pytest.mark.parametrize("command", ["confirm", "revert"])
def test_without_a_trial_there_is_nothing_to_end(power, qsota, app, command):
    board = power(make_flash(BOARD, app.read_bytes()))
    board.wait_for("log", text="application 1_0_0")
    assert is_refused(qsota(command), "nothing is on trial: 1_0_0 from slot A, confirmed")
    board.wait_for("log", text="application 1_0_0")
    assert board.flash_ops == 0


# A host at work on a trial


def test_mpremote_costs_a_trial_no_attempt_and_no_watchdog_bites(power, tmp_path):
    board = dict(BOARD, trial={**BOARD["trial"], "watchdog_ms": 5000})
    board = power(trial_flash(tmp_path, board), board)
    board.wait_for("log", text="application 2_0_0")
    assert attempts(board) == 2
    for _ in range(3):
        assert mpremote(board, "exec", "print('here')") == (0, "here\n")
    with pytest.raises(TimeoutError):
        board.wait_for("wdt", timeout=5.5)
    assert attempts(board) == 2


def test_the_root_is_sealed_for_mpremote_too(power, app, tmp_path):
    board = power(make_flash(BOARD, app.read_bytes()))
    board.wait_for("log", text="application 1_0_0")
    code, out = mpremote(board, "exec", "open('/x', 'w')")
    assert code == 1
    assert "EROFS" in out or "30" in out
    assert board.flash_ops == 0
