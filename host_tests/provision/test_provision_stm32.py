"""`qsota flash` and its companions on the stm32 port: the storage is a USB drive with a FAT until
then, the watchdog cannot be stopped, and the slots may be on a chip of their own."""

import re
import time
from types import SimpleNamespace

import pytest
from test_repl import mpremote
from usb_board import SETTINGS, UsbBoard, complaints, is_refused, package_of, trial_flash

from cases import some
from qsota.boot import record_data
from qsota_tools import boards, cli
from qsota_tools.common.paths import BOARDS
from qsota_tools.common.record_view import read_record
from qsota_tools.provision import repl_link as link
from qsota_tools.provision.factory import make_flash, make_storage
from qsota_tools.provision.remote_flash import RemoteFlash

ONE_FLASH, TWO_FLASHES = "PYBD_SF2", "PYBV11_W25Q128"
USB_MODE = "import pyb; print(pyb.usb_mode())"
EITHER = pytest.mark.parametrize(
    "name", [ONE_FLASH, pytest.param(TWO_FLASHES, marks=pytest.mark.slow)]
)

pytestmark = pytest.mark.usefixtures("quick")


class Bench:
    """A board file as it comes with qsota, but for a chip of 2 MB and the build name of the VM,
    and boards of that kind."""

    def __init__(self, tmp_path, capsys):
        self._tmp_path, self._capsys = tmp_path, capsys
        self._running = []
        self.file = tmp_path / "board.toml"

    def choose(self, name, **changed):
        """Every `key = value` line of the board file can be changed."""
        text = (BOARDS / f"{name}.toml").read_text()
        if name == TWO_FLASHES:
            changed = {
                "size": "2097152",
                "data": "[0, 393216]",
                "state": "[393216, 8192]",
                "slot_a": "[401408, 847872]",
                "slot_b": "[1249280, 847872]",
                **changed,
            }
        for key, value in {"build": '"standard"', **changed}.items():
            text = re.sub(rf"^{key} = .*", f"{key} = {value}", text, count=1, flags=re.M)
        self.file.write_text(text)
        self.board = boards.load(str(self.file))

    def package(self, version="1_0_0"):
        return package_of(self._tmp_path, version, board=self.board)

    def power(self, content=None, root=None, wired=None):
        """A board that is blank unless told otherwise; wired: as another board file says."""
        if content is None:
            content = b"\xff" * self.board["flash"]["size"]
        if "storage" in self.board and root is None:
            root = b"\xff" * self.board["storage"]["size"]
        board = UsbBoard(self._tmp_path, content, wired or self.board, root)
        self._running.append(board)
        board.start()
        return board

    def stop(self):
        for board in self._running:
            board.stop()

    def qsota(self, command, *args):
        """(exit code, output, complaints)."""
        code = cli.main([command, "--port", str(self._tmp_path / "usb"), *map(str, args)])
        shown = self._capsys.readouterr()
        return code, shown.out, complaints(shown.err)

    def flash(self, *args):
        app = self._tmp_path / "app.bin"
        app.write_bytes(self.package())
        return self.qsota("flash", "--board", self.file, "--app", app, *args)

    def is_provisioned(self, board):
        assert board.flash.read_bytes() == make_flash(self.board, self.package())
        if "storage" in self.board:
            assert board.root.read_bytes() == make_storage(self.board)
        return True


@pytest.fixture
def bench(tmp_path, capsys):
    bench = Bench(tmp_path, capsys)
    yield bench
    bench.stop()


# Provisioning


@EITHER
def test_a_stock_board_is_provisioned_and_is_no_drive_any_more(bench, name):
    bench.choose(name)
    board = bench.power()
    board.wait_for("repl")
    assert mpremote(board, "exec", USB_MODE) == (0, "VCP+MSC\n")
    assert "main.py" in mpremote(board, "ls")[1]
    code, out, complaints = bench.flash()
    assert (code, complaints) == (0, "")
    assert out.splitlines()[-1] == "1_0_0 from slot A, confirmed"
    assert bench.is_provisioned(board)
    for event in ("log", "repl", "log"):  # flash looked at the program, and let it start anew
        board.wait_for(event, **({"text": "application 1_0_0"} if event == "log" else {}))
    assert mpremote(board, "exec", USB_MODE) == (0, "VCP\n")


@EITHER
def test_a_board_that_is_right_is_not_written(bench, name):
    bench.choose(name)
    root = make_storage(bench.board) if name == TWO_FLASHES else None
    board = bench.power(make_flash(bench.board, bench.package()), root)
    board.wait_for("log", text="application 1_0_0")
    code, out, _ = bench.flash()
    assert code == 0
    assert re.search(r"^0 of \d+ erase units were written", out, re.M)
    assert board.flash_ops == 0


@pytest.mark.parametrize(
    ("name", "where"),
    some(
        (
            (ONE_FLASH, 2),
            (ONE_FLASH, 40),
            (TWO_FLASHES, 1),  # the root: in the erase of a sector inside the STM32
            (TWO_FLASHES, 6),  # the chip
            (TWO_FLASHES, 12),  # the root: a sector is erased, and not programmed
        ),
        5,
    ),
)
def test_a_cable_pulled_while_it_writes_is_repaired_by_running_it_again(bench, name, where):
    bench.choose(name)
    board = bench.power()
    board.wait_for("repl")
    board.cut_at(where, "after" if where == 12 else "torn")
    assert is_refused(bench.flash(), "run the command again")
    board.wait_for("cut")
    board.wait_for("boot", cause="power-on")
    board.wait_for("repl")
    assert bench.flash()[::2] == (0, "")
    assert bench.is_provisioned(board)


@pytest.mark.parametrize("name", some(["boot.py", "main.py", "notes.txt"], 3))
def test_files_of_somebody_else_are_overwritten_only_on_request(bench, name):
    bench.choose(ONE_FLASH)
    board = bench.power()
    board.wait_for("repl")
    write = f"with open({name!r}, 'w') as file: file.write('print(\"theirs\")')"
    assert mpremote(board, "exec", write)[0] == 0
    assert is_refused(bench.flash(), "overwrite everything?")
    if name != "notes.txt":
        board.wait_for("log", text="theirs")  # the board was restarted
    assert bench.flash("--yes")[::2] == (0, "")
    assert bench.is_provisioned(board)


@pytest.mark.slow
def test_what_a_computer_leaves_on_a_drive_is_nobodys(bench):
    bench.choose(ONE_FLASH)
    board = bench.power()
    board.wait_for("repl")
    for folder in ("System Volume Information", ".fseventsd"):
        assert mpremote(board, "exec", f"import os; os.mkdir({folder!r})")[0] == 0
    assert bench.flash()[::2] == (0, "")
    assert bench.is_provisioned(board)


def test_a_board_is_found_again_by_its_serial_number(monkeypatch):
    def port(device, number):
        return SimpleNamespace(device=device, serial_number=number)

    looks = iter(
        [
            [port("COM3", "A"), port("COM4", "B")],
            [port("COM3", "A")],  # it is off USB
            [port("COM3", "A"), port("COM7", "B")],
        ]
    )
    monkeypatch.setattr(link.list_ports, "comports", lambda: next(looks))
    usb = link.Link.__new__(link.Link)
    usb.port = "COM4"
    usb._find_again(link._serial_number("COM4"))
    assert usb.port == "COM7"


def test_a_chip_that_does_not_answer_is_named_and_nothing_is_written(bench):
    bench.choose(TWO_FLASHES)
    wired = bench.board
    bench.choose(TWO_FLASHES, cs='"Y6"')
    board = bench.power(wired=wired)
    board.wait_for("repl")
    before = board.root.read_bytes()
    assert is_refused(bench.flash(), "no flash chip answers on SPI 2, selected by Y6")
    assert board.root.read_bytes() == before
    assert set(board.flash.read_bytes()) == {0xFF}


# A running board


@EITHER
def test_status_and_confirm_of_a_trial(bench, tmp_path, name):
    bench.choose(name)
    root = make_storage(bench.board) if name == TWO_FLASHES else None
    board = bench.power(trial_flash(tmp_path, bench.board), root)
    board.wait_for("log", text="application 2_0_0")
    code, out, complaints = bench.qsota("status")
    assert (code, complaints) == (0, "")
    assert "2_0_0 from slot B, on trial, 2 more attempts" in out
    assert "pk " + SETTINGS["pk"] in out
    board.wait_for("log", text="application 2_0_0")
    assert read_record(board.flash, bench.board).slots[1].attempts == 2
    assert bench.qsota("confirm") == (0, "confirmed 2_0_0\n", "")
    board.wait_for("log", text="boot: slot 1")
    assert read_record(board.flash, bench.board).slots[1].state == record_data.GOOD


@pytest.mark.slow
def test_the_watchdog_of_a_trial_is_fed_while_a_host_works(bench, tmp_path):
    bench.choose(ONE_FLASH, watchdog_ms="4000")
    board = bench.power(trial_flash(tmp_path, bench.board))
    board.wait_for("log", text="application 2_0_0")
    with link.Link(board.usb) as usb:
        records = RemoteFlash(usb, bench.board, *bench.board["areas"]["state"])
        for _ in range(12):
            time.sleep(0.5)
            records.hashes(lambda done: None)
        assert not [event for event in board.events if event["event"] == "wdt"]
        board.wait_for("wdt", timeout=8)  # nobody works any more
    assert board.wait_for("boot")["cause"] == "watchdog"
