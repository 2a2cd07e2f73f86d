"""`qsota devs`: what the serial ports are, by their USB numbers."""

import json
from types import SimpleNamespace

import pytest
from serial.tools import list_ports

from qsota_tools import cli
from qsota_tools.common.errors import UserError
from qsota_tools.provision.repl_link import find_port

PICO, PYBOARD, QUECTEL, FTDI, MOUSE = (
    *((0x2E8A, 0x0005), (0xF055, 0x9800), (0x2C7C, 0x0125), (0x0403, 0x6001)),
    (0x046D, 0xC077),
)


@pytest.fixture
def plugged(monkeypatch):
    """Make these (name, (vendor, product)) the serial ports of the host."""

    def plug(*ports):
        found = [
            SimpleNamespace(device=name, vid=vid, pid=pid, description="it", serial_number="S1")
            for name, (vid, pid) in ports
        ]
        monkeypatch.setattr(list_ports, "comports", lambda: found)

    return plug


@pytest.mark.parametrize(
    ("usb", "kind", "text"),
    [
        (PICO, "board", "MicroPython on rp2"),
        (PYBOARD, "board", "MicroPython on stm32"),
        ((0x2E8A, 0x1234), "board", "Raspberry Pi chip"),
        (QUECTEL, "module", "Quectel"),
        (FTDI, "adapter", "USB-UART adapter (FTDI)"),
        (MOUSE, "unknown", "it"),
    ],
)
def test_a_port_is_what_its_usb_numbers_say(plugged, capsys, usb, kind, text):
    plugged(("/dev/ttyACM0", usb))
    assert cli.main(["devs", "--json"]) == 0
    (device,) = json.loads(capsys.readouterr().out)["devices"]
    assert device["port"] == "/dev/ttyACM0" and device["kind"] == kind
    assert device["usb"] == f"{usb[0]:04x}:{usb[1]:04x}"
    assert device["description"].startswith(text)


def test_ports_that_are_not_on_usb_are_left_out(plugged, capsys):
    plugged(("/dev/ttyS0", (None, None)))
    assert cli.main(["devs"]) == 0
    assert "no serial port on USB" in capsys.readouterr().out


def test_a_table_for_people(plugged, capsys):
    plugged(("/dev/ttyUSB0", FTDI), ("/dev/ttyACM0", PICO))
    assert cli.main(["devs"]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == ["PORT", "KIND", "USB", "SERIAL", "NUMBER", "DESCRIPTION"]
    assert [row.split()[0] for row in rows] == ["/dev/ttyACM0", "/dev/ttyUSB0"]


def test_the_only_board_is_found_beside_a_module_and_an_adapter(plugged):
    plugged(("/dev/ttyUSB0", QUECTEL), ("/dev/ttyUSB1", FTDI), ("/dev/ttyACM0", PICO))
    assert find_port() == "/dev/ttyACM0"


def test_between_two_boards_the_user_must_choose(plugged):
    plugged(("/dev/ttyACM1", PICO), ("/dev/ttyACM0", PYBOARD), ("/dev/ttyUSB0", FTDI))
    with pytest.raises(UserError, match="choose with --port: /dev/ttyACM0 .*, /dev/ttyACM1"):
        find_port()
