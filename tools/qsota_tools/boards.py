"""Board files: one TOML file per hardware variant, checked down to the last key."""

import argparse
import json
import math
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

from qsota import package
from qsota_tools.errors import UserError
from qsota_tools.paths import BOARDS

Board = dict
Rule = tuple[Callable[[object], bool], str]  # what a value must fulfil, in code and in words

_KB = 1024
_SLOT_MIN = 64 * _KB
_DATA_UNITS_MIN = 4  # two for the root pair of LittleFS, the rest to rewrite a file
_BAUDS = (9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)
# The signal that a pin of RP2040 and RP2350 can carry is its number modulo 4.
_RP2_SIGNALS = {"tx": 0, "rx": 1, "cts": 2, "rts": 3}
_WATCHDOG_MAX_MS = {"rp2": 8388, "stm32": 32767}
_FLASH_OF_PORT = {"rp2": "rp2", "stm32": "pyb"}


def _integer(low: int, high: int) -> Rule:
    return lambda v: type(v) is int and low <= v <= high, f"a whole number from {low} to {high}"


def _power_of_two(low: int, high: int) -> Rule:
    powers = {1 << n for n in range(low.bit_length() - 1, high.bit_length())}
    return lambda v: type(v) is int and v in powers, f"a power of two from {low} to {high}"


def _one_of(*choices: object) -> Rule:
    return lambda v: v in choices, "one of " + ", ".join(map(str, choices))


def _is_extent(value: object) -> bool:
    if not isinstance(value, list) or len(value) != 2:
        return False
    return all(type(n) is int and n >= 0 for n in value) and value[1] > 0


_NAME = (
    lambda v: isinstance(v, str) and package.valid_name(v, package.COMPONENT_MAX),
    f"1 to {package.COMPONENT_MAX} of the characters A-Z a-z 0-9 _ - .",
)
_TEXT = (lambda v: isinstance(v, str) and v != "", "a text")
_EXTENT = (_is_extent, "[offset, size] in bytes")

_TOP = {
    "name": _NAME,
    "title": _TEXT,
    "port": _one_of("rp2", "stm32"),
    "build": _TEXT,
    "component": _NAME,
}
_SECTIONS: dict[str, dict[str, Rule]] = {
    "flash": {
        "kind": _one_of("rp2", "pyb"),
        "size": _integer(_SLOT_MIN, 256 * _KB * _KB),
        "erase": _power_of_two(512, 128 * _KB),
        # Divides the package header (768 bytes) and the boot record (512 bytes).
        "program": _power_of_two(1, math.gcd(768, 512)),
    },
    "areas": dict.fromkeys(("root", "data", "state", "slot_a", "slot_b"), _EXTENT),
    "uart": {
        "id": _integer(0, 8),
        **dict.fromkeys(_RP2_SIGNALS, _integer(0, 47)),
        "baud": _one_of(*_BAUDS),
        "rxbuf": _integer(256, 32766),
        "receive": _one_of("pull", "rts"),
    },
    "module": {
        "payload": _one_of("raw", "hex", "hexwords", "auto"),
        "chunk": _integer(16, 1024),
        "register": _one_of(1, 2),
    },
    "trial": {
        "attempts": _integer(1, 10),
        "deadline_s": _integer(10, 1200),
        "watchdog_ms": _integer(1000, max(_WATCHDOG_MAX_MS.values())),
    },
}
_OPTIONAL = ("uart.tx", "uart.rx", "uart.cts", "uart.rts", "module.register")


def _table_problems(table: dict, rules: dict[str, Rule], prefix: str = "") -> Iterator[str]:
    for key in table.keys() - rules.keys():
        yield f"{prefix}{key}: unknown key"
    for key, (fits, wanted) in rules.items():
        if key not in table:
            if prefix + key not in _OPTIONAL:
                yield f"{prefix}{key}: missing"
        elif not fits(table[key]):
            yield f"{prefix}{key}: must be {wanted}"


def _shape_problems(board: Board) -> Iterator[str]:
    top = {key: value for key, value in board.items() if key not in _SECTIONS}
    yield from _table_problems(top, _TOP)
    for name, rules in _SECTIONS.items():
        section = board.get(name)
        if isinstance(section, dict):
            yield from _table_problems(section, rules, name + ".")
        else:
            yield f"{name}: missing section"


def _area_problems(board: Board) -> Iterator[str]:
    flash, areas = board["flash"], board["areas"]
    erase = flash["erase"]
    if flash["size"] % erase:
        yield f"flash.size: must be a multiple of the erase unit ({erase})"
    for name, (offset, size) in areas.items():
        if offset % erase or size % erase:
            yield f"areas.{name}: offset and size must be multiples of the erase unit ({erase})"
        if offset + size > flash["size"]:
            over = offset + size - flash["size"]
            yield f"areas.{name}: ends {over} bytes beyond the flash ({flash['size']} bytes)"
    order = sorted(areas, key=areas.get)
    for before, after in zip(order, order[1:], strict=False):
        if sum(areas[before]) > areas[after][0]:
            yield f"areas.{after}: overlaps {before}"


def _role_problems(board: Board) -> Iterator[str]:
    areas, erase = board["areas"], board["flash"]["erase"]
    if areas["root"][0] != 0:
        yield "areas.root: must start at 0, where MicroPython looks for its file system"
    if areas["data"][1] < _DATA_UNITS_MIN * erase:
        yield f"areas.data: needs at least {_DATA_UNITS_MIN} erase units for a file system"
    if areas["state"][1] != 2 * erase:
        yield f"areas.state: must be exactly two erase units ({2 * erase} bytes)"
    if areas["slot_a"][1] != areas["slot_b"][1]:
        yield "areas.slot_b: must be as large as slot_a"
    if areas["slot_a"][1] < _SLOT_MIN:
        yield f"areas.slot_a: must be at least {_SLOT_MIN} bytes"


def _port_problems(board: Board) -> Iterator[str]:
    port, uart = board["port"], board["uart"]
    if board["flash"]["kind"] != _FLASH_OF_PORT[port]:
        yield f"flash.kind: must be {_FLASH_OF_PORT[port]} on {port}"
    if board["trial"]["watchdog_ms"] > _WATCHDOG_MAX_MS[port]:
        yield f"trial.watchdog_ms: {port} allows at most {_WATCHDOG_MAX_MS[port]}"
    yield from (_rp2_pin_problems if port == "rp2" else _stm32_pin_problems)(uart)


def _rp2_pin_problems(uart: dict) -> Iterator[str]:
    if uart["id"] > 1:
        yield "uart.id: must be 0 or 1 on rp2"
    for signal, rest in _RP2_SIGNALS.items():
        if signal not in uart:
            if signal in ("tx", "rx") or (signal, uart["receive"]) == ("rts", "rts"):
                yield f"uart.{signal}: missing"
        elif uart[signal] % 4 != rest:
            yield f"uart.{signal}: GP{uart[signal]} cannot be {signal.upper()} of a UART"
        elif (uart[signal] + 4 & 8) >> 3 != uart["id"]:
            yield f"uart.{signal}: GP{uart[signal]} belongs to the other UART"


def _stm32_pin_problems(uart: dict) -> Iterator[str]:
    for signal in _RP2_SIGNALS.keys() & uart.keys():
        yield f"uart.{signal}: the board fixes the pins on stm32"
    if uart["id"] == 0:
        yield "uart.id: counts from 1 on stm32"


def problems(board: Board) -> list[str]:
    """All that is wrong with a board file, each as `field: what`; empty if it is sound."""
    if found := sorted(_shape_problems(board)):
        return found
    return [*_area_problems(board), *_role_problems(board), *_port_problems(board)]


def known() -> list[str]:
    """Names of the boards that come with qsota."""
    return sorted(path.stem for path in BOARDS.glob("*.toml"))


def load(name: str) -> Board:
    """The board file called name, or at the path name if it ends in .toml; UserError."""
    if name.endswith(".toml"):
        path = Path(name)
    elif name in known():
        path = BOARDS / f"{name}.toml"
    else:
        raise UserError(f"unknown board {name}; there are {', '.join(known())}")
    with path.open("rb") as file:
        try:
            board = tomllib.load(file)
        except ValueError as error:  # not TOML, or not UTF-8
            raise UserError(f"{path.name}: {error}") from None
    _refuse(path.name, problems(board))
    return board


def to_json(board: Board, **overrides: dict) -> bytes:
    """The bytes of /board.json; overrides: sections or keys to change, uart={"baud": 921600}."""
    changed = dict(board)
    for key, value in overrides.items():
        changed[key] = board[key] | value if isinstance(value, dict) else value
    _refuse("board.json", problems(changed))
    return json.dumps(changed, separators=(",", ":")).encode()


def _refuse(what: str, found: list[str]) -> None:
    if found:
        raise UserError("\n  ".join([f"{what} is not valid:", *found]))


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser("boards", description="List the boards that qsota knows.")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    print(f"{'BOARD':<12} {'FLASH':>8} {'SLOT':>8} {'UART':<22} DESCRIPTION")
    for board in map(load, known()):
        flash, slot, uart = board["flash"], board["areas"]["slot_a"], board["uart"]
        line = f"{uart['id']}, {uart['baud']} baud, {uart['receive']}"
        print(
            f"{board['name']:<12} {flash['size'] // _KB:>5} KB {slot[1] // _KB:>5} KB "
            f"{line:<22} {board['title']}"
        )
    return 0
