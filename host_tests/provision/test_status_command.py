"""`qsota status` and `log`: what a running board is, without harm to it."""

import contextlib
from types import SimpleNamespace

import pytest
from littlefs import LittleFS
from on_usb import ERASE, FILL, attempts, shown
from test_repl import mpremote
from usb_board import APPLICATION, BOARD, SETTINGS, package_of, trial_flash

from qsota.boot import record, record_data
from qsota_tools.provision import program
from qsota_tools.provision.factory import make_flash

pytestmark = pytest.mark.usefixtures("quick")


def test_an_application_that_leaves_little_memory(power, qsota, tmp_path):
    # As what a module of its own holds: that of main.py goes when it is interrupted.
    kept = "import sys\nsys.modules['taken'] = taken\n"
    source = APPLICATION.replace("print(", f"{FILL}{kept}print(")
    board = power(trial_flash(tmp_path, source=source))
    board.wait_for("log", text="application 2_0_0")
    code, out, complaints = qsota("status")
    assert (code, complaints) == (0, "")
    assert int(shown(out)["heap"].split()[0]) < 34_000  # bytes that the application had free
    for command in ("log", "confirm"):
        board.wait_for("log", text="application 2_0_0")
        assert qsota(command)[::2] == (0, "")


def test_status_of_a_confirmed_application(power, qsota, app):
    board = power(make_flash(BOARD, app.read_bytes(), SETTINGS))
    board.wait_for("log", text="application 1_0_0")
    code, out, _ = qsota("status")
    lines = shown(out)
    assert code == 0
    assert lines["board"] == "VIRTUAL, component MCU"
    assert lines["running"] == "1_0_0 from slot A, confirmed"
    assert lines["slot A"].startswith("good 1_0_0, ")
    assert lines["slot B"] == "empty"
    assert (lines["record"], lines["report due"]) == ("1, slot A is active", "none")
    assert lines["settings"] == "pk p11111, ps, wifi"
    assert "bytes free of" in lines["heap"]
    assert not [secret for secret in ("c2VjcmV0", "hunter2") if secret in out]
    board.wait_for("log", text="application 1_0_0")  # it runs again


@pytest.mark.parametrize("text", ["{", "[1]"])
def test_status_of_a_board_whose_settings_are_damaged(power, qsota, app, text):
    flash, (start, size) = bytearray(make_flash(BOARD, app.read_bytes())), BOARD["areas"]["data"]
    data = LittleFS(block_size=ERASE, block_count=size // ERASE, prog_size=256)
    with data.open("settings.json", "w") as file:
        file.write(text)
    flash[start : start + size] = data.context.buffer
    power(flash).wait_for("log", text="application 1_0_0")
    code, out, complaints = qsota("status")
    assert (code, complaints) == (0, "")
    assert shown(out)["settings"] == "damaged"


def test_status_tells_of_the_last_upgrade_and_its_failure(power, qsota, tmp_path):
    flash = bytearray(make_flash(BOARD, package_of(tmp_path, "1_0_0")))
    start = BOARD["areas"]["state"][0]
    rec = record.unpack(flash[start:])
    rec.report, rec.reason = record_data.REPORT_OLD, "wrong-md5"
    rec.upgrade = record_data.Upgrade("MCU", "2_0_0", 27954, bytes(16), b"", open=False)
    record.pack_into(rec, memoryview(flash)[start:])
    power(flash).wait_for("log", text="application 1_0_0")
    lines = shown(qsota("status")[1])
    assert lines["last upgrade"] == "MCU 2_0_0, 27954 bytes, closed"
    assert (lines["last failure"], lines["report due"]) == ("wrong-md5", "the old version")


def test_status_of_a_board_that_a_host_has_stopped(power, qsota, app):
    board = power(make_flash(BOARD, app.read_bytes(), SETTINGS))
    assert mpremote(board, "eval", "1") == (0, "1\n")
    lines = shown(qsota("status")[1])
    assert lines["running"].startswith("stopped: ")
    assert lines["settings"] == "pk p11111, ps, wifi"


@pytest.mark.parametrize(
    ("restarted", "states", "looks"),
    [
        (False, ["running"], 1),
        (False, ["stopped"], 1),
        (False, ["starting", "running"], 2),
        (False, ["starting", "starting", "starting"], 3),  # then what is there is shown
        (True, ["running"], 1),
        (True, ["stopped", "running"], 2),
        (True, ["stopped", "stopped"], 2),
    ],
)
def test_a_board_is_given_the_time_to_start(monkeypatch, restarted, states, looks):
    seen, waits = [], []

    def look(link):
        state = states[len(seen)]
        found = {"started": state == "running", "starting": state == "starting"}
        seen.append(SimpleNamespace(**found, state=state, resumed=[]))
        seen[-1].resume = lambda: seen[-1].resumed.append(True)
        return seen[-1]

    monkeypatch.setattr(program, "Link", lambda port: contextlib.nullcontext())
    monkeypatch.setattr(program, "Program", look)
    monkeypatch.setattr(program.time, "sleep", waits.append)
    with program.interrupted("port", restarted) as found:
        assert found.state == states[-1]
    assert [each.resumed for each in seen] == [[True]] * looks
    assert waits == [0.8, 2][: looks - 1 + restarted]


def test_status_does_not_cost_a_trial_an_attempt(power, qsota, tmp_path):
    board = power(trial_flash(tmp_path, attempts=1))
    for _ in range(3):
        board.wait_for("log", text="application 2_0_0")
        assert attempts(board) == 0
        assert (
            shown(qsota("status")[1])["running"] == "2_0_0 from slot B, on trial, 0 more attempts"
        )


def test_status_after_a_host_has_stopped_a_trial_gives_nothing_back(power, qsota, tmp_path):
    board = power(trial_flash(tmp_path))
    board.wait_for("log", text="application 2_0_0")
    assert mpremote(board, "eval", "1") == (0, "1\n")
    assert "stopped" in qsota("status")[1]
    board.wait_for("log", text="application 2_0_0")
    assert attempts(board) == 1


def test_status_does_not_keep_a_crashing_trial_alive(power, qsota, tmp_path):
    board = power(trial_flash(tmp_path, attempts=2, source="1 / 0"))
    for _ in range(2):
        board.wait_for("log", text="reset: ZeroDivisionError('divide by zero',)")
        assert qsota("status")[0] == 0
    board.wait_for("log", text="application 1_0_0")


def test_log_shows_the_last_messages(power, qsota, app):
    board = power(make_flash(BOARD, app.read_bytes()))
    board.wait_for("log", text="application 1_0_0")
    code, out, _ = qsota("log")
    assert code == 0
    assert out.splitlines()[0] == "boot: slot 0"
    board.wait_for("log", text="application 1_0_0")
