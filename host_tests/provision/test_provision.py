"""`qsota flash`, `status`, `log`, `confirm` and `revert`, as on a board on USB."""

import contextlib
import os
import struct
from types import SimpleNamespace

import pytest
import serial
from littlefs import LittleFS
from test_repl import mpremote
from usb_board import (
    APPLICATION,
    BLANK,
    BOARD,
    SETTINGS,
    UsbBoard,
    complaints,
    is_refused,
    package_of,
    trial_flash,
)
from virtual_storage import storage

from qsota.boot import record, record_data
from qsota_tools import boards, cli
from qsota_tools.commands import flash
from qsota_tools.common.errors import UserError
from qsota_tools.common.record_view import read_record
from qsota_tools.provision import program
from qsota_tools.provision import repl_link as link
from qsota_tools.provision import usb as provision
from qsota_tools.provision.factory import make_flash

ERASE = BOARD["flash"]["erase"]
UNITS = len(BLANK) // ERASE

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def power(tmp_path):
    running = []

    def start(content, board=BOARD, **options):
        running.append(UsbBoard(tmp_path, content, board, **options))
        running[-1].start()
        return running[-1]

    yield start
    for board in running:
        board.stop()


@pytest.fixture
def qsota(tmp_path, capsys):
    """qsota(command, ...) with the board's port: (exit code, output, complaints)."""

    def run(command, *args):
        port = () if "--uf2" in args else ("--port", str(tmp_path / "usb"))
        code = cli.main([command, *port, *map(str, args)])
        shown = capsys.readouterr()
        return code, shown.out, complaints(shown.err)

    return run


@pytest.fixture
def app(tmp_path):
    path = tmp_path / "app.bin"
    path.write_bytes(package_of(tmp_path, "1_0_0"))
    return path


def virtual(*args):
    return ("--board", "VIRTUAL", *args)


def content(board):
    return board.flash.read_bytes()


def area(data, name):
    start, size = BOARD["areas"][name]
    return data[start : start + size]


# Provisioning


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


@pytest.mark.parametrize("where", [2, 40, -1, 0])
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


@pytest.mark.parametrize("where", [1, 2, 3, 6, -1])
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


# What is refused


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


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_a_damaged_board_file_on_the_board(power, qsota, text):
    board = power(storage(main="print('theirs')\nwhile True: pass", **{"board.json": text}))
    board.wait_for("log", text="theirs")
    assert is_refused(qsota("status"), "damaged board.json")
    board.wait_for("log", text="theirs")


# Leaves 13 KB of the heap, where a pointer takes 8 bytes; a board's takes 4.
FILL = """
spare, taken = bytearray(13_000), None
for size in (1000, 100, 10):
    try:
        while True:
            taken = (taken, bytearray(size))
    except MemoryError:
        pass
spare = None
"""


def test_an_application_that_leaves_little_memory(power, qsota, tmp_path):
    # As what a module of its own holds: that of main.py goes when it is interrupted.
    kept = "import sys\nsys.modules['taken'] = taken\n"
    source = APPLICATION.replace("print(", f"{FILL}{kept}print(")
    board = power(trial_flash(tmp_path, source=source))
    board.wait_for("log", text="application 2_0_0")
    code, out, complaints = qsota("status")
    assert (code, complaints) == (0, "")
    assert int(shown(out)["heap"].split()[0]) < 24_000  # bytes that the application had free
    for command in ("log", "confirm"):
        board.wait_for("log", text="application 2_0_0")
        assert qsota(command)[::2] == (0, "")


def test_a_program_of_somebody_else_that_leaves_little_memory(power, qsota, app):
    board = power(storage(main=FILL + "print('theirs')\nwhile True: pass"))
    board.wait_for("log", text="theirs")
    assert qsota("flash", *virtual("--app", app, "--yes"))[::2] == (0, "")


# A running board


def shown(out):
    """The lines of `qsota status` as a dict."""
    return {line[:14].rstrip(): line[15:] for line in out.splitlines()}


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


def attempts(board):
    return read_record(board.flash, BOARD).slots[1].attempts


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


# UF2


def uf2_blocks(data):
    for at in range(0, len(data), 512):
        block = data[at : at + 512]
        magic, second, flags, address, size, number, count, family = struct.unpack_from(
            "<8I", block
        )
        assert (magic, second, flags) == (0x0A324655, 0x9E5D5157, 0x2000)
        assert struct.unpack_from("<I", block, 508)[0] == 0x0AB16F30
        assert size == 256 and set(block[32 + size : 508]) == {0}
        assert (number, count) == (at // 512, len(data) // 512)
        yield address, block[32 : 32 + size], family


@pytest.mark.parametrize(
    ("name", "base", "family"),
    [("RPI_PICO", 0x100A0000, 0xE48BFF56), ("RPI_PICO2", 0x10100000, 0xE48BFF59)],
)
def test_a_uf2_file_holds_the_storage_image(qsota, tmp_path, name, base, family):
    board, file = boards.load(name), tmp_path / "board.uf2"
    code, out, _ = qsota("flash", "--board", name, "--pk", "p", "--ps", "s", "--uf2", file)
    assert code == 0 and "BOOTSEL" in out
    blocks = list(uf2_blocks(file.read_bytes()))
    assert [address for address, _, _ in blocks] == list(
        range(base, base + board["flash"]["size"], 256)
    )
    assert {found for _, _, found in blocks} == {family}
    assert b"".join(data for _, data, _ in blocks) == make_flash(
        board, None, {"pk": "p", "ps": "s"}
    )


def test_a_uf2_file_may_leave_the_data_area_out(qsota, tmp_path):
    board, file = boards.load("RPI_PICO"), tmp_path / "board.uf2"
    assert qsota("flash", "--board", "RPI_PICO", "--keep-data", "--uf2", file)[0] == 0
    start, size = board["areas"]["data"]
    found = {address - 0x100A0000 for address, _, _ in uf2_blocks(file.read_bytes())}
    assert found.isdisjoint(range(start, start + size))
    assert len(found) == (board["flash"]["size"] - size) // 256


def test_a_board_without_a_uf2_boot_loader(qsota, tmp_path):
    refusal = qsota("flash", *virtual("--uf2", tmp_path / "board.uf2"))
    assert is_refused(refusal, "a UF2 file is for rp2 boards: VIRTUAL has no `chip`")
