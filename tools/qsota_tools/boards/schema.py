"""What may stand in a board file: every section, every key, and the values that it takes."""

import math
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from qsota.update import package, rsa

Board = dict


class Rule(NamedTuple):
    """What a value must fulfil, in code, in words, and for editors as JSON Schema."""

    fits: Callable[[object], bool]
    words: str
    schema: dict


_KB = 1024
SLOT_MIN = 64 * _KB
# The signal that a pin of RP2040 and RP2350 can carry is its number modulo 4.
RP2_UART = {"tx": 0, "rx": 1, "cts": 2, "rts": 3}
RP2_SPI = {"miso": 0, "sck": 2, "mosi": 3}
WATCHDOG_MAX_MS = {"rp2": 8388, "stm32": 32767}
_BAUDS = (9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)
_KEYS_MAX = 4  # each takes 768 characters of /board.json
_KEY = "[0-9a-f]{768}"
_PIN_MAX, _PIN_NAME = 47, "[A-Za-z][A-Za-z0-9_]*"


def _integer(low: int, high: int) -> Rule:
    schema = {"type": "integer", "minimum": low, "maximum": high}
    words = f"a whole number from {low} to {high}"
    return Rule(lambda v: type(v) is int and low <= v <= high, words, schema)


def _power_of_two(low: int, high: int) -> Rule:
    powers = [1 << n for n in range(low.bit_length() - 1, high.bit_length())]
    words = f"a power of two from {low} to {high}"
    return Rule(lambda v: type(v) is int and v in powers, words, {"enum": powers})


def _one_of(*choices: object) -> Rule:
    words = "one of " + ", ".join(map(str, choices))
    kinds = {type(choice) for choice in choices}  # true is no 1
    return Rule(lambda v: type(v) in kinds and v in choices, words, {"enum": [*choices]})


def _is_extent(value: object) -> bool:
    if not isinstance(value, list) or len(value) != 2:
        return False
    return all(type(n) is int and n >= 0 for n in value) and value[1] > 0


def _is_pin(value: object) -> bool:
    if isinstance(value, str):
        return re.fullmatch(_PIN_NAME, value) is not None
    return type(value) is int and 0 <= value <= _PIN_MAX


def _are_keys(value: object) -> bool:
    if not isinstance(value, list) or not 1 <= len(value) <= _KEYS_MAX:
        return False
    if not all(isinstance(key, str) and re.fullmatch(_KEY, key) for key in value):
        return False
    moduli = [bytes.fromhex(key) for key in value]
    ids = {rsa.key_id(modulus) for modulus in moduli}
    # Of 3072 bits and odd, and told apart by what a header names them by.
    return (
        all(m[0] >> 7 and m[-1] & 1 for m in moduli) and len(ids) == len(moduli) and 0 not in ids
    )


_NAME = Rule(
    lambda v: isinstance(v, str) and package.valid_name(v, package.COMPONENT_MAX),
    f"1 to {package.COMPONENT_MAX} of the characters A-Z a-z 0-9 _ - .",
    {"type": "string", "pattern": f"^[A-Za-z0-9_.-]{{1,{package.COMPONENT_MAX}}}$"},
)
_TEXT = Rule(
    lambda v: isinstance(v, str) and v != "", "a text", {"type": "string", "minLength": 1}
)
_EXTENT = Rule(
    _is_extent,
    "[offset, size] in bytes",
    {
        "type": "array",
        "prefixItems": [{"type": "integer", "minimum": 0}, {"type": "integer", "minimum": 1}],
        "minItems": 2,
        "maxItems": 2,
    },
)
_PIN = Rule(
    _is_pin,
    "a pin: a number on rp2, a name on stm32",
    {
        "anyOf": [
            {"type": "integer", "minimum": 0, "maximum": _PIN_MAX},
            {"type": "string", "pattern": f"^{_PIN_NAME}$"},
        ]
    },
)
_KEYS = Rule(
    _are_keys,
    f"1 to {_KEYS_MAX} different lines of `qsota keygen`",
    {
        "type": "array",
        "items": {"type": "string", "pattern": f"^{_KEY}$"},
        "minItems": 1,
        "maxItems": _KEYS_MAX,
        "uniqueItems": True,
    },
)
_LEVEL = _one_of(0, 1)
_FLASH_SIZE = _integer(SLOT_MIN, 256 * _KB * _KB)
_ADDRESS = _integer(0, (1 << 32) - 1)
_ERASE_UNIT = _power_of_two(512, 128 * _KB)

_TOP: dict[str, Rule] = {
    "name": _NAME,
    "title": _TEXT,
    "port": _one_of("rp2", "stm32"),
    "chip": _one_of("RP2040", "RP2350"),
    "build": _TEXT,
    "component": _NAME,
    "keys": _KEYS,
    "maintenance_pin": _PIN,
    "update": _one_of("beside", "instead", "auto"),
}
_SECTIONS: dict[str, dict[str, Rule]] = {
    "flash": {
        "kind": _one_of("rp2", "pyb", "spinor"),
        "size": _FLASH_SIZE,
        "erase": _ERASE_UNIT,
        # Divides the package header (768 bytes) and the boot record (512 bytes).
        "program": _power_of_two(1, math.gcd(768, 512)),
        "offset": _integer(0, 256 * _KB * _KB),
    },
    # The address at which the processor reads it, if it does: code can run in place there.
    "storage": {"size": _FLASH_SIZE, "erase": _ERASE_UNIT, "address": _ADDRESS},
    "spi": {
        "id": _integer(0, 6),
        "baud": _integer(100_000, 100_000_000),
        "cs": _PIN,
        **dict.fromkeys(RP2_SPI, _integer(0, 47)),
    },
    "areas": dict.fromkeys(("root", "data", "state", "slot_a", "slot_b"), _EXTENT),
    "uart": {
        "id": _integer(0, 8),
        **dict.fromkeys(RP2_UART, _integer(0, 47)),
        "baud": _one_of(*_BAUDS),
        "fast_baud": _one_of(*_BAUDS),
        "rxbuf": _integer(256, 32766),
        "receive": _one_of("pull", "rts", "dma"),
    },
    "module": {
        "payload": _one_of("raw", "hex", "hexwords", "auto"),
        "chunk": _integer(16, 1024),
        "register": _one_of(1, 2),
    },
    "module_pins": {
        **dict.fromkeys(("power", "reset", "status"), _PIN),
        **dict.fromkeys(("power_ms", "reset_ms"), _integer(10, 5000)),
        **dict.fromkeys(("pressed", "status_on"), _LEVEL),
        "boot_ms": _integer(1000, 60000),
    },
    "trial": {
        "attempts": _integer(1, 10),
        "deadline_s": _integer(10, 1200),
        "watchdog_ms": _integer(1000, max(WATCHDOG_MAX_MS.values())),
        "confirm": _one_of("application", "platform"),
    },
    "limits": {
        "window_bits": _integer(9, 15),  # zlib makes none below
    },
}
_OPTIONAL = {
    *(
        "chip",
        "keys",
        "maintenance_pin",
        "update",
        "flash.offset",
        "storage.address",
        "uart.fast_baud",
        "module.register",
        "trial.confirm",
    ),
    *("storage", "spi", "module_pins", "limits"),
    *(f"uart.{signal}" for signal in RP2_UART),
    *(f"spi.{signal}" for signal in RP2_SPI),
    *(f"module_pins.{key}" for key in _SECTIONS["module_pins"]),
}


def shape_problems(board: Board) -> Iterator[str]:
    """What is missing, unknown, or no possible value, each as `field: what`."""
    top = {key: value for key, value in board.items() if key not in _SECTIONS}
    yield from _table_problems(top, _TOP)
    for name, rules in _SECTIONS.items():
        section = board.get(name)
        if isinstance(section, dict):
            yield from _table_problems(section, rules, name + ".")
        elif name in board or name not in _OPTIONAL:
            yield f"{name}: missing section"


def _table_problems(table: dict, rules: dict[str, Rule], prefix: str = "") -> Iterator[str]:
    for key in table.keys() - rules.keys():
        yield f"{prefix}{key}: unknown key"
    for key, rule in rules.items():
        if key not in table:
            if prefix + key not in _OPTIONAL:
                yield f"{prefix}{key}: missing"
        elif not rule.fits(table[key]):
            yield f"{prefix}{key}: must be {rule.words}"


def json_schema() -> dict:
    """The shape of a board file for editors; what must be true between its values is not in it."""
    sections = {name: _table(rules, name + ".") for name, rules in _SECTIONS.items()}
    top = _table(_TOP)
    top["properties"] |= sections
    top["required"] += [name for name in sections if name not in _OPTIONAL]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A board of qsota",
        **top,
    }


def _table(rules: dict[str, Rule], prefix: str = "") -> dict:
    return {
        "type": "object",
        "properties": {k: {"description": r.words, **r.schema} for k, r in rules.items()},
        "required": [key for key in rules if prefix + key not in _OPTIONAL],
        "additionalProperties": False,
    }
