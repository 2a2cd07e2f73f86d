"""Recorded modules against the simulated one: each difference is told, and nothing else is."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qsota_tools import cli
from qsota_tools.center.cloud import Cloud
from qsota_tools.center.plan import Component, Plan
from qsota_tools.module.module import Module
from qsota_tools.proof.lab.clock import Clock
from qsota_tools.transcript.entries import read, to_text
from qsota_tools.transcript.mask import Mask
from qsota_tools.transcript.replaying import Replay
from qsota_tools.transcript.split import Piece, split

VECTORS = sorted(Path(__file__).with_name("vectors").glob("*.txt"))
EXAMPLE = Path(__file__).with_name("vectors") / "quectel_sota_example.txt"
SIZE = 3000


def recorded(size=SIZE, commands=(), **options):
    """A whole upgrade on the wire of a module with these options, as a tap sees it."""
    clock, pieces = Clock(), []

    def tapped(direction):
        return lambda data: pieces.append(Piece(clock.now() / 1000, direction, bytes(data)))

    plan = Plan([Component("MCU", "2_0_0", bytes(range(256)) * (size // 256 + 1))])
    cloud = Cloud(clock, [plan], grid_ms=0)
    module = Module(clock, tapped("RX"), cloud, **options)

    def send(text, wait_ms=2000):
        tapped("TX")(text.encode() + b"\r")
        module.rx(text.encode() + b"\r")
        clock.advance(wait_ms)

    whole = plan.components[0].firmware.size
    for command in commands:
        send(command)
    send("AT+QIOTREG=1")
    send('AT+QIOTMCUVER="MCU","1_0_0"')
    send("AT+QIOTOTAREQ=1")
    send("AT+QIOTUPDATE=1")
    for start in range(0, whole, 1024):
        send(f"AT+QIOTOTARD={start},1024")
    send("AT+QIOTUPDATE=3")
    send('AT+QIOTMCUVER="MCU","2_0_0"')
    return split(pieces)


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_the_simulated_module_does_what_recorded_ones_did(path):
    assert Replay(read(path)).differences() == []


def test_quectels_example_says_how_its_module_and_its_device_are(capsys):
    assert cli.main(["sim", "--replay", str(EXAMPLE)]) == 0
    shown = capsys.readouterr().out
    assert "qind=on" in shown and "payload=hexwords" in shown
    assert "27 lines of the module, 0 differences" in shown


@pytest.mark.parametrize(
    ("line", "other"),
    [
        ("7,10704", "7,10706"),
        ("27649,305", "27649,306"),
        ("{305 hexwords}", "{304 hexwords}"),
        ('+QIOTEVT: 7,10703,"STM32",27954,0', '+QIOTEVT: 7,10703,"STM32",27954,1'),
        ("7,10702", "7,10799"),
    ],
)
def test_a_line_that_is_another_one_is_told(tmp_path, capsys, line, other):
    text = EXAMPLE.read_text()
    assert line in text
    path = tmp_path / "other.txt"
    path.write_text(text.replace(line, other))
    assert cli.main(["sim", "--replay", str(path)]) == 1
    shown = capsys.readouterr().out
    assert re.search(f"recorded   .*{re.escape(other)}", shown), shown


def test_a_line_that_the_recorded_module_did_not_say_is_told(tmp_path, capsys):
    lines = EXAMPLE.read_text().splitlines()
    path = tmp_path / "silent.txt"
    path.write_text("\n".join(line for line in lines if "10704" not in line))
    assert cli.main(["sim", "--replay", str(path)]) == 1
    shown = capsys.readouterr().out
    assert "after AT+QIOTUPDATE=3:\n  simulated  +QIOTEVT: 7,10704\n" in shown


def test_a_command_that_our_module_does_not_know_is_told(tmp_path, capsys):
    text = (
        EXAMPLE.read_text() + "         - TX AT+QNEW\n         - RX +QNEW: 1\n         - RX OK\n"
    )
    path = tmp_path / "new.txt"
    path.write_text(text)
    assert cli.main(["sim", "--replay", str(path), "--json"]) == 1
    assert '"+QNEW: 1"' in capsys.readouterr().out


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"echo": False},
        {"payload": "hex"},
        {"payload": "hexwords", "trailer": 3},
        {"leading_crlf": False, "blank_line": True},
        {"trailer": 1, "response_ms": 400},
        {"trailer_lf": True},
        {"flash_free": 2048},
        {"qind": True, "url_field": True},
        {"known": True, "event_ms": 900},
    ],
    ids=str,
)
def test_a_module_of_another_kind_is_recognised_as_what_it_is(options):
    """What is recorded of it byte by byte replays without a difference, and the options that make
    ours alike are found."""
    replay = Replay(recorded(**options))
    found = replay.differences()
    if "flash_free" in options:
        # The MCU that this test plays does not ask for the second block.
        assert all("QIOTOTARD=2048" in one.after or "QIOTUPDATE=3" in one.after for one in found)
    else:
        assert found == []
    shown = {name: replay.shown.options.get(name) for name in options}
    assert {**shown, "response_ms": 0, "event_ms": 0} == {
        **options,
        "response_ms": 0,
        "event_ms": 0,
    }


def test_answers_of_that_module_alone_are_no_difference():
    entries = recorded(commands=["ATI", "AT+CSQ", "AT+GSN"], signal=9, imei="861234567890123")
    assert Replay(Mask().masked(entries)).differences() == []


@given(st.lists(st.integers(1, 40), max_size=30))
def test_how_the_wire_was_cut_into_pieces_does_not_matter(sizes):
    whole = [
        Piece(0.5, "TX", b"AT+QIOTOTARD=0,6\r"),
        Piece(0.6, "RX", b"\r\n+QIOTOTARD: 0,6\r\n\r\nOK\r\n\r\n\r\nOK\r\n"),
    ]
    data, pieces, at = whole[1].data, [whole[0]], 0
    for size in [*sizes, len(data)]:
        pieces.append(Piece(0.6, "RX", data[at : at + size]))
        at += size
    assert split(pieces) == split(whole)
    assert [entry.text for entry in split(whole) if entry.text] == [
        "AT+QIOTOTARD=0,6",
        "+QIOTOTARD: 0,6",
        "{6 raw}",
        "OK",
    ]


def test_a_file_of_a_whole_upgrade_reads_back_as_it_was_written(tmp_path):
    entries = recorded(payload="hexwords")
    path = tmp_path / "module.txt"
    path.write_text(to_text(entries, ["a note"]))
    again = read(path)
    assert [entry[1:] for entry in again] == [entry[1:] for entry in entries]
    assert Replay(again).differences() == []
