"""The documented commands, scripted as a user would: the real firmware on the MicroPython VM,
the simulated module on a pseudo-terminal, in real time."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from qsota_tools import boards
from qsota_tools.common.paths import EXAMPLES, PROGRAM, TOOLS
from qsota_tools.package.image import build_image
from qsota_tools.package.make import make_package

BOARD = boards.load("VIRTUAL")
SEED_SIZE = 27954
TIMEOUT = "240"  # on a busy machine


def command(*args, **options):
    """Start a qsota command; its output is one JSON object or one line of text after the other."""
    return subprocess.Popen(
        [*PROGRAM, *map(str, args)],
        env={"PYTHONPATH": str(TOOLS)},
        stdout=subprocess.PIPE,
        text=True,
        **options,
    )


def build(tmp_path, version, app="sensor_node_1_0_0", size=None, board="VIRTUAL"):
    """A package; with size, padded by an unused file to exactly that many bytes."""
    source = EXAMPLES / app
    if size:
        source = padded(tmp_path, source, version, size)
    data = make_package(build_image(source), dict(BOARD, name=board), "MCU", version)
    path = tmp_path / f"{version}.bin"
    path.write_bytes(data)
    return path


def padded(tmp_path, source, version, size):
    folder = tmp_path / f"app_{version}"
    folder.mkdir()
    for path in source.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    pad = folder / "pad.bin"
    pad.write_bytes(bytes(size // 2))
    for _ in range(3):  # the size of a length field may change with the length
        now = len(make_package(build_image(folder), BOARD, "MCU", version))
        pad.write_bytes(bytes(pad.stat().st_size + size - now))
    return folder


class Bench:
    """`qsota sim` and `qsota board` on a pty between them."""

    def __init__(self, tmp_path, *packages, until, board_until, sim_args=(), board_args=()):
        link = tmp_path / "module"
        offers = [arg for path in packages[1:] for arg in ("--package", path)]
        self.sim = command(
            *("sim", "--link", link, *offers, "--until", until, "--timeout", TIMEOUT, *sim_args)
        )
        self.sim_lines = [self.sim.stdout.readline()]  # it listens
        self.flash = tmp_path / "flash.bin"
        self.board = command(
            *("board", "--flash", self.flash, "--uart", link, "--install", packages[0]),
            *("--until", board_until, "--timeout", TIMEOUT, "--json", *board_args),
        )

    def finish(self):
        """Wait for both; returns the exit codes of the sim and the board."""
        board_out, _ = self.board.communicate(timeout=300)
        sim_out, _ = self.sim.communicate(timeout=300)
        self.board_events = [json.loads(line) for line in board_out.splitlines()]
        self.sim_lines += sim_out.splitlines()
        return self.sim.returncode, self.board.returncode


def test_the_flow_of_the_seed_document(tmp_path):
    """27954 bytes in reads of 1024 after the header, and the events in the document's order."""
    first = build(tmp_path, "1_0_0")
    second = build(tmp_path, "2_0_0", size=SEED_SIZE)
    assert second.stat().st_size == SEED_SIZE
    bench = Bench(
        *(tmp_path, first, second),
        until="10705",
        board_until="2_0_0",
        sim_args=("--transcript", "--option", "qind=on"),
    )
    assert bench.finish() == (0, 0)
    lines = "\n".join(bench.sim_lines).replace("\r", "")
    in_order = [
        "[TX]AT+QIOTREG=1",
        "+QIOTEVT: 2,10200",
        "+QIOTEVT: 3,10200",
        '[TX]AT+QIOTMCUVER="MCU","1_0_0"',
        "[TX]AT+QIOTOTAREQ=1",
        '+QIOTEVT: 7,10700,"MCU","","2_0_0",30,-113,27954',
        "[TX]AT+QIOTUPDATE=1",
        '+QIOTEVT: 7,10701,"MCU",27954,',
        "+QIOTEVT: 7,10702",
        '+QIOTEVT: 7,10703,"MCU",27954,0,27954',
        "[TX]AT+QIOTOTARD=0,384",  # the header says itself that the wire form is understood
        "+QIOTOTARD: 0,384",
        "[TX]AT+QIOTOTARD=384,640",
        "+QIOTOTARD: 384,640",
        "[TX]AT+QIOTOTARD=1024,1024",
        "+QIOTOTARD: 1024,1024",
        *(f"[TX]AT+QIOTOTARD={at},1024" for at in range(2048, 27648, 1024)),
        "[TX]AT+QIOTOTARD=27648,306",  # the document reads from 27649, and so loses a byte
        "+QIOTOTARD: 27648,306",
        "[TX]AT+QIOTUPDATE=3",
        "+QIOTEVT: 7,10704",
        '[TX]AT+QIOTMCUVER="MCU","2_0_0"',
        '+QIND: "FOTA","END",0',
        "+QIOTEVT: 7,10705",
    ]
    at = 0
    for text in in_order:
        at = lines.find(text, at)
        assert at >= 0, f"{text} is missing or too early in\n{lines}"


@pytest.mark.slow
def test_the_application_goes_on_while_the_package_arrives(tmp_path):
    first = build(tmp_path, "1_0_0")
    second = build(tmp_path, "2_0_0", size=40000)
    bench = Bench(tmp_path, first, second, until="10705", board_until="2_0_0")
    assert bench.finish() == (0, 0)
    logs = [event["text"] for event in bench.board_events if event["event"] == "log"]
    begin = next(i for i, text in enumerate(logs) if text.startswith("reading 2_0_0 1024 of"))
    end = next(i for i, text in enumerate(logs) if text.startswith("reading 2_0_0 40000 of"))
    assert sum(text.endswith(" C") for text in logs[begin:end]) >= 2


def refused(tmp_path, package, *sim_args):
    """Offer the package, then a good 3_0_0; returns what the board logged."""
    first, third = build(tmp_path, "1_0_0"), build(tmp_path, "3_0_0")
    bench = Bench(
        *(tmp_path, first, package, third),
        until="10706,10705",
        board_until="3_0_0",
        sim_args=("--push-every", "4", *sim_args),
    )
    assert bench.finish() == (0, 0)
    return [event["text"] for event in bench.board_events if event["event"] == "log"]


@pytest.mark.slow
def test_a_package_for_another_board_is_refused_and_the_next_one_installed(tmp_path):
    assert "failed: wrong-board" in refused(tmp_path, build(tmp_path, "2_0_0", board="RPI_PICO"))


@pytest.mark.slow
def test_a_file_that_is_no_package_is_refused_and_the_next_one_installed(tmp_path):
    file = tmp_path / "notes.bin"
    file.write_bytes(b"no package at all" * 100)
    logs = refused(tmp_path, file, "--component", "MCU", "--target", "2_0_0")
    assert "failed: wrong-magic" in logs


@pytest.mark.slow
def test_hex_on_the_wire_works_with_the_same_firmware(tmp_path):
    first, second = build(tmp_path, "1_0_0"), build(tmp_path, "2_0_0", "sensor_node_2_0_0")
    sim_args = ("--payload", "hexwords", "--baud", "0")
    bench = Bench(tmp_path, first, second, until="10705", board_until="2_0_0", sim_args=sim_args)
    assert bench.finish() == (0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["PYBD_SF2", "PYBV11_W25Q128"])
def test_stm32_with_one_flash_and_with_two_survives_a_power_cut(tmp_path, name):
    app = "sensor_node_2_0_0"
    first, second = build(tmp_path, "1_0_0", board=name), build(tmp_path, "2_0_0", app, board=name)
    root = ("--root", tmp_path / "root.bin") if name == "PYBV11_W25Q128" else ()
    bench = Bench(
        *(tmp_path, first, second),
        until="10705",
        board_until="2_0_0",
        board_args=("--board", name, *root, "--cut", "12"),
    )
    assert bench.finish() == (0, 0)
    assert [event["op"] for event in bench.board_events if event["event"] == "cut"] == [12]


@pytest.mark.slow
def test_the_demo_writes_its_summary(tmp_path):
    demo = command("demo", "--dir", tmp_path / "demo")
    out, _ = demo.communicate(timeout=300)
    assert demo.returncode == 0, out
    summary = json.loads(Path(tmp_path / "demo" / "summary.json").read_text())
    assert [(row["from"], row["to"], row["result"]) for row in summary] == [
        ("1_0_0", "2_0_0", 10705),
        ("2_0_0", "3_0_0", 10706),
        ("2_0_0", "2_0_1", 10705),
    ]
    assert all(row["transfer_s"] > 0 and row["package_bytes"] > 768 for row in summary)
    assert [row["package"] for row in summary] == ["full", "full", "delta"]
    assert summary[2]["package_bytes"] < 0.1 * summary[0]["package_bytes"]
    assert all("MicroPython" in row["interpreter"] for row in summary)
    told = kinds_of_lines(out)
    recorded = kinds_of_lines((TOOLS.parent / "docs" / "pictures" / "demo.txt").read_text())
    assert recorded <= told, "record it anew: see docs/pictures/demo.py"


def kinds_of_lines(text):
    """What is told, whatever the figures and the width of columns are."""
    lines = [line for line in text.splitlines() if not line.startswith("written to")]
    return {" ".join(re.sub(r"\d+", "N", line).split()) for line in lines}
